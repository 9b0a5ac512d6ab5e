"""What a database is asked for: where it stands, what is read of it, and what is new in it."""

from core.etl.connect import Entry, Option, Part
from core.etl.connect._moments import SWEEP
from core.etl.connect._servers import ENGINES

_AT_A_SERVER = ("engine", tuple(name for name in ENGINES if name != "sqlite"))
OPTIONS = (
    Option("engine", "Kind of database", True, ENGINES),
    Option(
        "host",
        "Server",
        True,
        help="Its name or number in the network, such as db.ministry.example. Whoever runs "
        "this registry must have listed it.",
        missing="Say the name of the database server.",
        when=_AT_A_SERVER,
    ),
    Option(
        "port",
        "Port",
        entry=Entry.NUMBER,
        help="Leave it empty for the usual one: 5432 for PostgreSQL, 3306 for MySQL and MariaDB.",
        when=_AT_A_SERVER,
    ),
    Option(
        "tls",
        "Encryption of the connection",
        choices={
            "verify": "Encrypted, and the server's certificate is checked",
            "off": "Not encrypted, inside one's own network only",
        },
        default="verify",
        help="Without encryption only a server is asked that is listed together with its port.",
        when=_AT_A_SERVER,
    ),
    Option(
        "database",
        "Name of the database",
        True,
        missing="Say the name of the database.",
        when=_AT_A_SERVER,
    ),
    Option(
        "user",
        "Account",
        True,
        help="One that may only read (SELECT) is enough, and is safer.",
        missing="Say the account that reads the database.",
        when=_AT_A_SERVER,
    ),
    Option(
        "file",
        "SQLite file",
        True,
        help="Its name in the folder of sources, where whoever runs this registry puts it.",
        missing="Say the name of the SQLite file.",
        when=("engine", ("sqlite",)),
    ),
    Option(
        "table",
        "Table or view",
        True,
        part=Part.READ,
        help="Its name, such as people, or public.people where it stands in a schema.",
        missing="Say the table or view to read.",
    ),
    Option(
        "query",
        "A SELECT statement",
        part=Part.READ,
        entry=Entry.LINES,
        help="For some of the rows, or for several tables at once. It may only read.",
        missing="Write the SELECT.",
        instead_of="table",
    ),
    Option(
        "key",
        "Column that names a record",
        True,
        part=Part.FRESH,
        help="Such as a case number: filled and different in every row, and never changed. By "
        "it a record is known again.",
        missing="Say the column that names a record.",
    ),
    Option(
        "cursor",
        "Column that says when a record was changed",
        part=Part.FRESH,
        help="Such as updated_at. With it, only what is new or changed is read; without it, "
        "everything is read each time.",
    ),
    Option(
        "lag",
        "How far each import looks back, in seconds",
        default="3600",
        part=Part.MORE,
        entry=Entry.NUMBER,
        help="Some records arrive late, so that the time before the last import is read once "
        "more: 3600 is one hour. Where the column counts numbers, it is as many numbers.",
    ),
    SWEEP,
)
SECRETS = (Option("password", "Password", when=_AT_A_SERVER),)
