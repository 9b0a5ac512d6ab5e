"""The fields of the registry: one table for columns, conditions, masks, imports and exports."""

from dataclasses import dataclass
from enum import StrEnum

from core.errors import InvalidCriteria


class Kind(StrEnum):
    """How a field's values are typed."""

    TEXT = "text"
    CODE = "code"
    FLAG = "flag"
    DATE = "date"
    INTEGER = "integer"
    NUMBER = "number"
    PLACE = "place"


class Sex(StrEnum):
    FEMALE = "FEMALE"
    MALE = "MALE"
    OTHER = "OTHER"
    UNKNOWN = "UNKNOWN"


class BirthPrecision(StrEnum):
    DAY = "DAY"
    MONTH = "MONTH"
    YEAR = "YEAR"
    ESTIMATED = "ESTIMATED"


class Status(StrEnum):
    """The four statuses of an enrolment."""

    POTENTIAL = "POTENTIAL"
    ACTIVE = "ACTIVE"
    SUSPENDED = "SUSPENDED"
    GRADUATED = "GRADUATED"


class MaritalStatus(StrEnum):
    SINGLE = "SINGLE"
    MARRIED = "MARRIED"
    DIVORCED = "DIVORCED"
    WIDOWED = "WIDOWED"
    SEPARATED = "SEPARATED"
    OTHER = "OTHER"


class Relationship(StrEnum):
    """A member's relationship to the head of the household."""

    HEAD = "HEAD"
    SPOUSE = "SPOUSE"
    CHILD = "CHILD"
    PARENT = "PARENT"
    SIBLING = "SIBLING"
    GRANDCHILD = "GRANDCHILD"
    GRANDPARENT = "GRANDPARENT"
    UNCLE_AUNT = "UNCLE_AUNT"
    OTHER_RELATIVE = "OTHER_RELATIVE"
    EMPLOYEE = "EMPLOYEE"
    NOT_RELATED = "NOT_RELATED"
    OTHER = "OTHER"


_DIFFICULTIES = {
    "wg_seeing": "Difficulty seeing",
    "wg_hearing": "Difficulty hearing",
    "wg_walking": "Difficulty walking",
    "wg_remembering": "Difficulty remembering",
    "wg_selfcare": "Difficulty with self-care",
    "wg_communicating": "Difficulty communicating",
}
WASHINGTON_GROUP = tuple(_DIFFICULTIES)
"""The six functional domains of the Washington Group short set; 1 no difficulty … 4 cannot do."""


@dataclass(frozen=True)
class Field:
    """One field: its name, type, the level a reader needs, its label and its closed set, if any.

    Levels (see docs/architecture.md): 1 everyday, 2 identifying, 3 sensitive.
    """

    name: str
    kind: Kind
    level: int
    label: str
    codes: type[StrEnum] | None = None


_F = Field
_FIELDS = (
    _F("registration_no", Kind.TEXT, 1, "Registration number"),
    _F("full_name", Kind.TEXT, 1, "Full name"),
    _F("given_name", Kind.TEXT, 1, "Given name"),
    _F("middle_name", Kind.TEXT, 1, "Middle name"),
    _F("family_name", Kind.TEXT, 1, "Family name"),
    _F("sex", Kind.CODE, 1, "Sex", Sex),
    _F("age", Kind.INTEGER, 1, "Age"),
    _F("disability", Kind.FLAG, 1, "Disability"),
    _F("location", Kind.PLACE, 1, "Location"),
    _F("location_name", Kind.TEXT, 1, "Place"),
    _F("household", Kind.TEXT, 1, "Household"),
    _F("household_size", Kind.INTEGER, 1, "Household size"),
    _F("relationship_to_head", Kind.CODE, 1, "Relationship to head", Relationship),
    _F("is_head", Kind.FLAG, 1, "Head of household"),
    _F("marital_status", Kind.CODE, 1, "Marital status", MaritalStatus),
    _F("programme", Kind.TEXT, 1, "Programme"),
    _F("status", Kind.CODE, 1, "Status", Status),
    _F("since", Kind.DATE, 1, "In this status since"),
    _F("enrolled_on", Kind.DATE, 1, "Enrolled on"),
    _F("months_in_status", Kind.INTEGER, 1, "Months in this status"),
    _F("months_enrolled", Kind.INTEGER, 1, "Months since the enrolment"),
    _F("registered_on", Kind.DATE, 1, "Registered on"),
    _F("birth_date", Kind.DATE, 2, "Date of birth"),
    _F("birth_precision", Kind.CODE, 2, "Precision of the date of birth", BirthPrecision),
    _F("phone", Kind.TEXT, 2, "Phone"),
    _F("email", Kind.TEXT, 2, "E-mail"),
    _F("address", Kind.TEXT, 2, "Address"),
    *(_F(name, Kind.INTEGER, 3, label) for name, label in _DIFFICULTIES.items()),
    _F("poverty_score", Kind.NUMBER, 3, "Poverty score"),
    _F("account", Kind.TEXT, 3, "Account number"),
)
FIELDS: dict[str, Field] = {field.name: field for field in _FIELDS}
OWN_FIELDS = (
    *("full_name", "given_name", "middle_name", "family_name", "sex"),
    *("birth_date", "birth_precision", "disability", *WASHINGTON_GROUP),
    *("marital_status", "phone", "email", "address", "account", "poverty_score"),
)
"""What a person's own record keeps and an import may bring or revise."""
IDENTIFIER_PREFIX, ATTRIBUTE_PREFIX = "identifier.", "attribute."
OPEN_LEVEL = 2
"""Identifiers and free attributes are level 2: nobody has declared them harmless."""


def find_field(name: str) -> Field:
    """Return the field called `name`; `identifier.<type>` and `attribute.<name>` are open families.

    Raises InvalidCriteria for a name that is not a field: nothing unknown is ever let through.
    """
    if name in FIELDS:
        return FIELDS[name]
    for prefix in (IDENTIFIER_PREFIX, ATTRIBUTE_PREFIX):
        if name.startswith(prefix) and len(name) > len(prefix):
            return Field(name, Kind.TEXT, OPEN_LEVEL, name.removeprefix(prefix))
    raise InvalidCriteria("“{name}” is not a field of the registry.", name=name)
