"""Which policy each field of a known person follows, from the choices about the file's columns."""

from collections.abc import Sequence

from core.domain.fields import ATTRIBUTE_PREFIX, WASHINGTON_GROUP
from core.etl.choices import Mapping
from core.etl.columns.headers import slug
from core.etl.rows import PLACES

_FOLLOWS = {
    "full_name": ("family_name", "given_name", "middle_name"),
    "birth_date": ("age",),
    "disability": WASHINGTON_GROUP,
    "location": PLACES,
}
"""Fields that come from other columns where no column of their own is mapped."""


def policies_of(headers: Sequence[str], mapping: Mapping) -> dict[str, str]:
    """Return the policy of each field and attribute that somebody chose one for."""
    attributes = _attributes(headers, mapping)
    found: dict[str, str] = {}
    mapped = set()
    for header, column in mapping.columns.items():
        name = column.field or attributes.get(header)
        if name is None or column.left_out:
            continue
        mapped.add(name)
        if column.policy is not None:
            found[name] = column.policy
    for name, sources in _FOLLOWS.items():
        policy = next((found[source] for source in sources if source in found), None)
        if policy is not None and name not in mapped:
            found[name] = policy
    return found


def _attributes(headers: Sequence[str], mapping: Mapping) -> dict[str, str]:
    """Name the attribute under which each column without a field is kept."""
    taken: set[str] = set()
    names: dict[str, str] = {}
    for header in headers:
        column = mapping.columns.get(header)
        if column is not None and (column.field or column.left_out):
            continue
        name = slug(header)
        while name in taken:
            name += "_2"
        taken.add(name)
        names[header] = ATTRIBUTE_PREFIX + name
    return names
