"""Households of which no member is named: their size, place and attributes, known by a number."""

from core.etl.datasets import Dataset
from core.etl.rows import PLACES
from core.storage.importing import households

DATASET = Dataset(
    key="households",
    label="Households",
    fields=frozenset({"household", "household_size", "registered_on", "programme", *PLACES}),
    required="household",
    key_field="household",
    suite="households",
    settle=households.settle,
    publish=households.publish,
)
