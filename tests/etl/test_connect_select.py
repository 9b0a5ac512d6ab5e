"""The SELECT of a database source reads rows and does nothing else."""

import pytest

from core.errors import InvalidInput
from core.etl.connect._select import check_select

FINE = (
    "SELECT * FROM people",
    "select id, name from public.people where status = 'ACTIVE';",
    "SELECT p.id, COALESCE(p.name, '') AS name FROM people p LEFT JOIN homes h ON h.id = p.home_id",
    "WITH open AS (SELECT * FROM t WHERE until IS NULL) SELECT id, updated_at FROM open",
    'SELECT id, "Full name", `set` FROM "insert" WHERE note LIKE \'update %\'',
    "SELECT id FROM t WHERE born >= DATE '1990-01-01' AND (a, b) IN (SELECT a, b FROM u)",
    "SELECT id, 'l''été: à 10:30 :x' AS said, a::text, 1.50, a || b FROM t",
    "SELECT id, row_number() OVER (PARTITION BY home ORDER BY born) AS n FROM t",
    "SELECT a FROM t UNION ALL SELECT a FROM u",
    "SELECT max(id) AS id, CASE WHEN (sex = 1) THEN ('M') ELSE 'F' END AS sex FROM t GROUP BY sex",
    "SELECT CAST(id AS varchar(20)) AS id, substr(name, 1, 3) AS n FROM t WHERE prénom <> ''",
)


@pytest.mark.parametrize("sql", FINE)
def test_a_plain_select_is_taken(sql: str) -> None:
    assert check_select(sql) == sql.rstrip(";")


HOSTILE = (
    "",
    ";",
    "DROP TABLE person",
    "DELETE FROM t",
    "INSERT INTO t VALUES (1)",
    "UPDATE t SET a = 1",
    "TRUNCATE t",
    "VALUES (1)",
    "TABLE person",
    "EXPLAIN ANALYZE SELECT 1",
    "(SELECT 1)",
    "SELECT 1; DROP TABLE t",
    "SELECT 1;;",
    "SELECT 1 -- comment",
    "SELECT 1 /* comment */",
    "SELECT 1 /*!50000 INTO OUTFILE '/tmp/x' */",
    "SELECT 1 # comment",
    "SELECT 1) AS q; DROP TABLE t; SELECT * FROM (SELECT 1",
    "SELECT 1) AS q, (SELECT 2",
    "SELECT (1",
    "SELECT * INTO copied FROM t",
    "SELECT a FROM t INTO OUTFILE '/tmp/x'",
    "SELECT a FROM t INTO DUMPFILE '/tmp/x'",
    "SELECT a INTO @x FROM t",
    "SELECT @x := 1",
    "SELECT @@version",
    "SELECT a FROM t FOR UPDATE",
    "SELECT a FROM t FOR SHARE",
    "SELECT a FROM t LOCK IN SHARE MODE",
    "WITH x AS (INSERT INTO t VALUES (1) RETURNING a) SELECT * FROM x",
    "WITH x AS (DELETE FROM t RETURNING *) SELECT * FROM x",
    "WITH x AS (UPDATE t SET a = 1 RETURNING a) SELECT * FROM x",
    "WITH RECURSIVE x AS (SELECT 1 UNION ALL SELECT 1 FROM x) SELECT * FROM x",
    "WITH x AS (SELECT 1) DELETE FROM t",
    "SELECT pg_read_file('/etc/passwd')",
    "SELECT PG_READ_FILE('/etc/passwd')",
    "SELECT \"pg_read_file\"('/etc/passwd')",
    "SELECT pg_catalog.pg_read_file('/etc/passwd')",
    "SELECT public.mine('x')",
    "SELECT pg_sleep(1000)",
    "SELECT pg_read_file ('/etc/passwd')",
    "SELECT pg_ls_dir('.')",
    "SELECT lo_import('/etc/passwd')",
    "SELECT lo_export(1, '/tmp/x')",
    "SELECT dblink('host=evil', 'SELECT 1')",
    "SELECT * FROM dblink('host=evil', 'SELECT 1') AS t(a int)",
    "SELECT query_to_xml('DELETE FROM t', true, true, '')",
    "SELECT set_config('default_transaction_read_only', 'off', false)",
    "SELECT nextval('series')",
    "SELECT current_setting('data_directory')",
    "SELECT * FROM pg_shadow",
    "SELECT * FROM pg_catalog.pg_authid",
    "SELECT * FROM information_schema.tables",
    "SELECT * FROM mysql.user",
    'SELECT * FROM "sqlite_master"',
    "SELECT * FROM pragma_table_info('t')",
    "PRAGMA writable_schema = 1",
    "ATTACH DATABASE '/etc/x' AS x",
    "SELECT load_extension('/tmp/x.so')",
    "SELECT writefile('/tmp/x', 'a')",
    "SELECT readfile('/etc/passwd')",
    "SELECT load_file('/etc/passwd')",
    "SELECT LOAD_FILE(0x2f6574632f706173737764)",
    "SELECT sleep(1000)",
    "SELECT benchmark(1000000000, md5('a'))",
    "SELECT get_lock('a', 1000)",
    "SELECT sys_exec('id')",
    "SELECT repeat('a', 1000000000)",
    "SELECT * FROM generate_series(1, 1000000000)",
    "SELECT zeroblob(1000000000)",
    "SELECT 'a\\' OR 1=1'",
    "SELECT $$a$$",
    "SELECT $1",
    "SELECT ?",
    "SELECT 'unclosed",
    "SELECT a FROM t PROCEDURE analyse()",
    "SELECT a FROM t TABLESAMPLE system (10)",
    "COPY t TO PROGRAM 'id'",
    "CALL p()",
    "DO 'begin end'",
    "SET default_transaction_read_only = off",
    "SHOW TABLES",
    "SELECT 1\0",
    "SELECT " + "a," * 20_000 + "a",
)


@pytest.mark.parametrize("sql", HOSTILE)
def test_anything_else_is_refused_by_name(sql: str) -> None:
    with pytest.raises(InvalidInput):
        check_select(sql)
