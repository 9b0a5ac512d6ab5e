"""What a file can be about: one module per dataset, with its fields, rules, match and publish."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from core.errors import InvalidInput
from core.etl.choices import Column, Mapping
from core.registry import discover
from core.storage.database import Session
from core.storage.importing.receipts import Order, Receipt

PEOPLE = "people"


@dataclass(frozen=True)
class Dataset:
    """One kind of rows.

    `fields` are those a column may be mapped to, None for every one; the others stay attributes.
    `required` must be filled in each row, `key_field` names a record where no key column is
    chosen. `suite` is the shipped suite in validation_suites/. `settle` compares the staged rows
    with the registry inside the check: it holds rows back and returns how many, and the counts
    new, changed and unchanged; `publish` writes the staged rows, everything or nothing.
    """

    key: str
    label: str
    fields: frozenset[str] | None
    required: str
    key_field: str | None
    suite: str
    settle: Callable[[Session, Order], tuple[int, dict[str, int]]]
    publish: Callable[[Session, Order], Receipt]

    @property
    def of_people(self) -> bool:
        return self.key == PEOPLE

    def restrict(self, mapping: Mapping) -> Mapping:
        """Return the mapping with the fields that the dataset does not have as attributes."""
        if self.fields is None:
            return mapping
        return Mapping(
            {header: self._restricted(column) for header, column in mapping.columns.items()}
        )

    def _restricted(self, column: Column) -> Column:
        known = column.field is None or column.field in (self.fields or ())
        return column if known else replace(column, field=None, values={})

    def key_of(self, mapping: Mapping, key: str | None) -> str | None:
        """Return the column that names a record: the one chosen, else the key field's."""
        if key is not None or self.key_field is None:
            return key
        return next(
            (header for header, one in mapping.columns.items() if one.field == self.key_field), None
        )


def datasets() -> dict[str, Dataset]:
    """All datasets, by key."""
    found = discover(__name__, "DATASET")
    return {key: part for key, part in found.items() if isinstance(part, Dataset)}


def find_dataset(key: str) -> Dataset:
    """Return a dataset; raises InvalidInput naming those there are."""
    known = datasets()
    if key not in known:
        names = ", ".join(sorted(known))
        raise InvalidInput(
            "“{key}” cannot be imported. Choose one of: {names}.", key=key, names=names
        )
    return known[key]
