"""Whether a text is one SELECT that only reads rows: what it does not know, it refuses.

This is the first wall and gives the clear sentence; the second is the session, which is read-only,
and the third should be the account, which needs no more than SELECT.
"""

import re

from core.errors import InvalidInput

_LONGEST = 20_000
_TOKEN = re.compile(
    r"""(?P<space>\s+)
      | (?P<text>'(?:[^']|'')*')
      | (?P<name>"(?:[^"]|"")*"|`(?:[^`]|``)*`)
      | (?P<number>\d+(?:\.\d+)?(?![\w$]))
      | (?P<word>[^\W\d]\w*)
      | (?P<mark>::|<>|<=|>=|!=|\|\||[-+*/%=<>(),.])""",
    re.VERBOSE,
)
_NOT_EVEN_QUOTED = (";", "--", "/*", "*/", "\\", "#", "$$", "\0")


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_WORDS_THAT_ACT = _words(
    """
    alter analyze attach begin call checkpoint cluster comment commit copy create deallocate
    declare delete detach discard do drop dumpfile execute explain fetch for grant handler import
    insert install into listen load lock merge notify outfile pragma prepare procedure recursive
    refresh reindex release rename reset returning revoke rollback savepoint security set show
    start tablesample truncate unlisten unlock update upsert use vacuum xa
    """
)
_BEFORE_BRACKETS = _words(
    """
    all and any as between by case cross distinct else end except exists filter from group having
    in inner intersect is join left like limit natural not offset on or order outer over partition
    right select some then union using values when where with within
    """
)
_FUNCTIONS = _words(
    """
    abs age avg btrim cast ceil ceiling char_length character_length coalesce concat concat_ws
    convert count current_date current_timestamp date date_add date_format date_part date_sub
    date_trunc datediff datetime day dayofmonth decimal dense_rank extract first_value floor
    greatest group_concat if ifnull iif initcap instr json_extract json_unquote julianday lag
    last_value lead least left length lower ltrim make_date max md5 min mod month nullif numeric
    nvl position quote rank replace right round row_number rtrim sign split_part str_to_date
    strftime string_agg strpos substr substring sum time timestamp timestampdiff to_char to_date
    to_timestamp trim trunc unicode upper varchar year
    """
)
_SYSTEM = ("pg_", "sqlite_")
_SYSTEM_SCHEMAS = frozenset({"information_schema", "performance_schema", "mysql", "sys"})
Token = tuple[str, str]


def check_select(text: str) -> str:
    """Return the text as it may run, without a semicolon at its end.

    Raises InvalidInput, naming it, for anything but one plain SELECT (WITH … SELECT included).
    """
    sql = text.strip().removesuffix(";").strip()
    if not sql or len(sql) > _LONGEST:
        raise InvalidInput("Give one SELECT of at most {most:,} letters.", most=_LONGEST)
    for mark in _NOT_EVEN_QUOTED:
        if mark in sql:
            raise InvalidInput(
                "The SELECT must not hold “{mark}”, not even between quotes.", mark=mark
            )
    tokens = _split(sql)
    if tokens[0][1] not in ("select", "with"):
        raise InvalidInput(
            "Only a SELECT can be imported, not “{word}”.", word=tokens[0][1].upper()
        )
    _check_brackets(tokens)
    for at, (kind, word) in enumerate(tokens):
        if kind in ("word", "name"):
            _check_word(tokens, at, kind, word)
    return sql


def _split(sql: str) -> list[Token]:
    tokens, at = [], 0
    while at < len(sql):
        found = _TOKEN.match(sql, at)
        if found is None:
            rest = sql[at : at + 20]
            raise InvalidInput("The text cannot be read as a SELECT from “{rest}” on.", rest=rest)
        kind, at = str(found.lastgroup), found.end()
        if kind != "space":
            word = found.group()
            tokens.append((kind, word[1:-1] if kind == "name" else word.lower()))
    return tokens


def _check_brackets(tokens: list[Token]) -> None:
    """A bracket that closes more than was opened would leave the brackets put around it."""
    depth = 0
    for kind, word in tokens:
        depth += (word == "(") - (word == ")") if kind == "mark" else 0
        if depth < 0:
            break
    if depth:
        raise InvalidInput("The brackets of the SELECT do not match.")


def _check_word(tokens: list[Token], at: int, kind: str, word: str) -> None:
    before = tokens[at - 1][1] if at and tokens[at - 1][0] == "mark" else ""
    after = tokens[at + 1] if at + 1 < len(tokens) else ("", "")
    folded = word.lower()
    if folded.startswith(_SYSTEM) or folded in _SYSTEM_SCHEMAS:
        raise InvalidInput(
            "The SELECT must not read “{word}”, which belongs to the system.", word=word
        )
    if kind == "word" and folded in _WORDS_THAT_ACT:
        raise InvalidInput(
            "The SELECT must not use “{word}”. A column of that name needs quotes.",
            word=word.upper(),
        )
    if after == ("mark", "(") and not _may_call(kind, folded, before):
        raise InvalidInput("The SELECT must not call “{word}”.", word=word)


def _may_call(kind: str, word: str, before: str) -> bool:
    # A quoted name is a function too, and so is one of another schema: neither is on the list.
    if kind != "word" or before == ".":
        return False
    return word in _BEFORE_BRACKETS or word in _FUNCTIONS
