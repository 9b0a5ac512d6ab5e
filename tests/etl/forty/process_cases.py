"""The process cases of the forty nasty ones, as data: what was published, what comes, what must be.

Numbers are those of the list the project keeps: 35 to 38 and 40. The areas are the regions R1
(Bangui) and R2 (Ouham), each with a district called Centre, R1 with Est and R2 with Bossangoa.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

PLACES = (
    ("R1", "Bangui", "ROOT"),
    ("R2", "Ouham", "ROOT"),
    ("R1-C", "Centre", "R1"),
    ("R2-C", "Centre", "R2"),
    ("R1-E", "Est", "R1"),
    ("R2-B", "Bossangoa", "R2"),
)


@dataclass(frozen=True)
class Case:
    """Files published before (`before`), and one that comes: what its check finds, and what a
    publish makes of it. `figures` are new, changed, unchanged and held rows; `rules` the rows of
    each issue; `state` answers to queries afterwards. `key` names a record in its source."""

    number: int
    name: str
    text: str
    figures: tuple[int, int, int, int]
    before: tuple[str, ...] = ()
    rules: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    state: Mapping[str, list[tuple[Any, ...]]] = field(default_factory=dict)
    key: str | None = "ID"
    household: bool = False

    @property
    def id(self) -> str:
        return f"case_{self.number}_{self.name.replace(' ', '_')}"


WHERE = (
    "SELECT p.full_name, l.code FROM person p JOIN location l ON l.id = p.location_id ORDER BY p.id"
)
NAMES = "SELECT full_name FROM person ORDER BY id"
PEOPLE = "SELECT count(*) FROM person"
STATUSES = "SELECT status, CAST(since AS text) FROM enrolment ORDER BY id"
MOVES = "SELECT count(*) FROM status_change WHERE before IS NOT NULL"
MEMBERS = (
    "SELECT p.full_name, h.number = (SELECT min(number) FROM household), m.is_head "
    "FROM membership m JOIN person p ON p.id = m.person_id "
    "JOIN household h ON h.id = m.household_id ORDER BY p.id"
)


def lines(*rows: str) -> str:
    return "\n".join(rows) + "\n"


AREA = "ID,Full name,Sex,Region,District"
BORN = "ID,Full name,Sex,Date of birth,Phone"
HOME = "ID,Household Id,Full name,Sex,Relationship to head"
ENROLLED = "ID,Full name,Sex,Status,Enrolment date"

PLACE_CASES = (
    Case(
        35,
        "a village of that name in two districts",
        lines(
            AREA,
            "1,Awa Diallo,F,Ouham,Centre",
            "2,Ali Sow,M,Bangui,centre",
            "3,Fanta Ba,F,,Centre",
            "4,Omar Fall,M,Ouham,Est",
            "5,Issa Sy,M,OUHAM,Bossangoa",
        ),
        (3, 0, 0, 2),
        rules={"ambiguous_place": (4,), "unknown_place": (5,)},
        state={WHERE: [("Awa Diallo", "R2-C"), ("Ali Sow", "R1-C"), ("Issa Sy", "R2-B")]},
    ),
    Case(
        35,
        "misspelt and old names are held not guessed",
        lines(
            AREA,
            "1,Awa Diallo,F,Ouham,Bosangoa",
            "2,Ali Sow,M,Bangui,Oubangui-Chari",
            "3,Fanta Ba,F,Bangui,Est",
        ),
        (1, 0, 0, 2),
        rules={"unknown_place": (2, 3)},
        state={WHERE: [("Fanta Ba", "R1-E")]},
    ),
)

DUPLICATE_CASES = (
    Case(
        36,
        "twice in the file with a typo and swapped names",
        lines(
            BORN,
            "1,Awa Traoré,F,1990-05-14,+22670000001",
            "2,Traore Awa,F,1990-05-14,",
            "3,Moussa Koné,M,1985-11-02,",
            "4,Mousa Kone,M,1985-02-11,",
            "5,Fanta Diallo,F,2001-01-30,",
        ),
        (5, 0, 0, 0),
        rules={"possible_duplicate": (3, 5)},
        state={PEOPLE: [(5,)]},
    ),
    Case(
        36,
        "in the registry already under another key",
        lines(BORN, "77,AWA TRAORE,F,1990-05-17,+22670000001", "78,Sira Keïta,F,1970-01-02,"),
        (2, 0, 0, 0),
        before=(lines(BORN, "1,Awa Traoré,F,1990-05-14,+22670000001"),),
        rules={"possible_duplicate": (2,)},
        state={PEOPLE: [(3,)]},
    ),
    Case(
        36,
        "an exact double is held",
        lines(BORN, "1,Awa Traoré,F,1990-05-14,", "1,Awa Traoré,F,1990-05-14,"),
        (1, 0, 0, 1),
        rules={"duplicate_in_file": (3,)},
        state={PEOPLE: [(1,)]},
    ),
)

HOUSEHOLD_CASES = (
    Case(
        37,
        "no head is let be and two heads are not",
        lines(
            HOME,
            "1,H1,Awa Diallo,F,spouse",
            "2,H1,Ali Diallo,M,child",
            "3,H2,Omar Fall,M,head",
            "4,H2,Sira Fall,F,head",
        ),
        (3, 0, 0, 1),
        rules={"second_head": (5,)},
        state={
            MEMBERS: [
                ("Awa Diallo", True, False),
                ("Ali Diallo", True, False),
                ("Omar Fall", False, True),
            ]
        },
    ),
    Case(
        37,
        "a member of a household of another file",
        lines(HOME, "2,H1,Ali Diallo,M,child", "3,H1,Sira Diallo,F,head"),
        (2, 0, 0, 0),
        before=(lines(HOME, "1,H1,Awa Diallo,F,head"),),
        rules={"household_has_head": (3,)},
        state={
            MEMBERS: [
                ("Awa Diallo", True, True),
                ("Ali Diallo", True, False),
                ("Sira Diallo", True, False),
            ],
            "SELECT count(*) FROM household": [(1,)],
        },
    ),
    Case(
        37,
        "one household is one enrolment of its head",
        lines(HOME, "1,H1,Ali Diallo,M,child", "2,H1,Awa Diallo,F,head"),
        (2, 0, 0, 0),
        state={
            "SELECT p.full_name FROM enrolment e JOIN person p ON p.id = e.person_id": [
                ("Awa Diallo",)
            ]
        },
        household=True,
    ),
)

AGAIN = lines(BORN, "1,Awa Traoré,F,1990-05-14,+22670000001", "2,Moussa Koné,Q,1985-11-02,")
AGAIN_CASES = (
    Case(
        38,
        "the same file again",
        AGAIN,
        (0, 0, 1, 1),
        before=(AGAIN,),
        rules={"same_file": (), "rows_waiting": ()},
        state={PEOPLE: [(1,)], "SELECT count(*) FROM change WHERE entity = 'person'": [(1,)]},
    ),
    Case(
        38,
        "the same rows in another order",
        lines(BORN, "3,Sira Keïta,F,1970-01-02,", *AGAIN.splitlines()[1:2]),
        (1, 0, 1, 0),
        before=(AGAIN,),
        state={NAMES: [("Awa Traoré",), ("Sira Keïta",)]},
    ),
    Case(
        38,
        "only the corrected rows",
        lines(BORN, "2,Moussa Koné,M,1985-11-02,"),
        (1, 0, 0, 0),
        before=(AGAIN,),
        state={NAMES: [("Awa Traoré",), ("Moussa Koné",)]},
    ),
    Case(
        38,
        "the whole file with the rows corrected",
        AGAIN.replace(",Q,", ",M,"),
        (1, 0, 1, 0),
        before=(AGAIN,),
        state={NAMES: [("Awa Traoré",), ("Moussa Koné",)]},
    ),
    Case(
        38,
        "a correction of what was published",
        AGAIN.replace("+22670000001", "+22670000009"),
        (0, 1, 0, 1),
        before=(AGAIN,),
        rules={"unknown_code": (3,)},
        state={"SELECT phone, version FROM person": [("+22670000009", 2)]},
    ),
)

CONTRADICTIONS = (
    Case(
        40,
        "graduated here and active in the file",
        lines(ENROLLED, "1,Awa Traoré,F,active,2025-03-01", "2,Ali Sow,M,active,2025-03-01"),
        (0, 0, 2, 0),
        before=(
            lines(ENROLLED, "1,Awa Traoré,F,graduated,2024-02-01", "2,Ali Sow,M,active,2024-02-01"),
        ),
        rules={"status_differs": (2,)},
        state={STATUSES: [("GRADUATED", "2024-02-01"), ("ACTIVE", "2024-02-01")], MOVES: [(0,)]},
    ),
    Case(
        40,
        "another sex and another birth date under the same key",
        lines(BORN, "1,Awa Traoré,M,1994-05-14,"),
        (0, 1, 0, 0),
        before=(lines(BORN, "1,Awa Traoré,F,1990-05-14,"),),
        rules={"sex_differs": (2,), "birth_date_differs": (2,)},
    ),
    Case(
        40,
        "a history with its dates",
        lines(ENROLLED, "1,Awa Traoré,F,graduated,2019-02-01", "2,Ali Sow,M,suspended,"),
        (2, 0, 0, 0),
        state={
            "SELECT status FROM enrolment ORDER BY id": [("GRADUATED",), ("SUSPENDED",)],
            "SELECT CAST(effective_on AS text) FROM status_change ORDER BY id LIMIT 1": [
                ("2019-02-01",)
            ],
        },
    ),
)

CASES = (*PLACE_CASES, *DUPLICATE_CASES, *HOUSEHOLD_CASES, *AGAIN_CASES, *CONTRADICTIONS)
