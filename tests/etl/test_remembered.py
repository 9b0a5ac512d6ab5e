"""A mapping kept for the next file: refused where it is wrong, fitted to other headers."""

import copy
from collections.abc import Callable
from typing import Any

import pytest

from core.errors import InvalidInput
from core.etl.choices import Column, Mapping, Suggestion
from core.etl.columns.headers import header_print
from core.etl.columns.mapping import suggest
from core.etl.columns.remembered import Remembered, apply, pair, read_remembered, sure_fields

DOCUMENT: dict[str, Any] = {
    "format": 1,
    "headers": ["ID", "Full name", "Sex"],
    "columns": [
        {"header": "ID", "field": None},
        {"header": "Full name", "field": "full_name"},
        {"header": "Sex", "field": "sex", "values": {"1": "FEMALE"}},
    ],
    "key": "ID",
    "shape": None,
    "steps": [
        {"op": "replace", "header": "Sex", "old": "X", "new": "1"},
        {"op": "cell", "header": "Full name", "was": "Awa", "to": "Awa Ba", "key": ["ID", "7"]},
    ],
}
CHANGES: dict[str, Callable[[dict[str, Any]], object]] = {
    "colour": lambda d: d.update(colour="red"),
    "format": lambda d: d.update(format=2),
    "headers": lambda d: d.update(headers="ID"),
    "Nobody": lambda d: d.update(key="Nobody"),
    "meaning": lambda d: d["columns"][2].update(meaning=1),
    "gender": lambda d: d["columns"][2].update(field="gender"),
    "policy": lambda d: d["columns"][2].update(policy="always"),
    "Village": lambda d: d["columns"].append({"header": "Village"}),
    "“ID”": lambda d: d["columns"].append(d["columns"][0]),
    "columns": lambda d: d.update(columns={}),
    "step": lambda d: d["steps"].append({"op": "delete"}),
    "sort": lambda d: d.update(shape={"sort": []}),
    "shape": lambda d: d.update(shape={"joins": [{}]}),
}


def suggestion(header: str, field: str | None = None, *, safe: bool = True) -> Suggestion:
    return Suggestion(header, field, 1.0, "the header", safe)


@pytest.mark.parametrize(("says", "change"), CHANGES.items(), ids=CHANGES)
def test_a_wrong_part_is_refused_by_its_name(
    says: str, change: Callable[[dict[str, Any]], object]
) -> None:
    document = copy.deepcopy(DOCUMENT)
    change(document)

    with pytest.raises(InvalidInput, match=says):
        read_remembered(document)


def test_what_is_read_is_written_again_unchanged() -> None:
    kept = read_remembered(DOCUMENT)

    assert read_remembered(kept.to_json()) == kept


def test_remedies_follow_their_column_to_its_new_spelling_or_stay_behind() -> None:
    fitted = apply(
        read_remembered(DOCUMENT), [suggestion("id"), suggestion("FULL NAME"), suggestion("Age")]
    )

    assert fitted.key == "id"
    assert fitted.missing == ("Sex",)
    (step,) = fitted.steps
    assert (step["header"], list(step["key"])) == ("FULL NAME", ["id", "7"])


def test_a_new_column_follows_its_suggestion_only_where_that_is_safe_and_free() -> None:
    fitted = apply(
        read_remembered(DOCUMENT),
        [
            suggestion("Full name", "full_name"),
            suggestion("Nom", "full_name"),
            suggestion("Phone", "phone"),
            suggestion("Code", "phone", safe=False),
        ],
    )

    fields = {header: column.field for header, column in fitted.mapping.columns.items()}
    assert fields == {"Full name": "full_name", "Nom": None, "Phone": "phone", "Code": None}
    assert fitted.fresh == ("Nom", "Phone", "Code")


def test_the_print_of_headers_does_not_depend_on_order_case_or_accents() -> None:
    assert header_print(["Prénom", "Full_Name"]) == header_print(["full name", "PRENOM"])
    assert header_print(["a", "b"]) != header_print(["a", "c"])


def test_a_renamed_column_is_known_again_by_its_number_mark_or_by_its_field() -> None:
    columns = {"Nom complet": Column("full_name"), "Sexe": Column("sex", values={"9": "OTHER"})}
    headers = ("N° national", "Nom complet", "Sexe", "District", "Montant")
    kept = Remembered(headers, Mapping(columns), key="N° national")
    file = ["No. national", "Nom et prénom", "Sexe", "DISTRICT", "Montant", "Photo"]
    found = suggest(file, [])

    paired = pair(kept, sure_fields(found))
    fitted = apply(kept, found, renamed=True)

    assert dict(paired.renamed) == {
        "No. national": "N° national",
        "Nom et prénom": "Nom complet",
    }
    assert (paired.missing, paired.fresh, paired.nearness) == ((), ("Photo",), 5 / 6)
    assert fitted.key == "No. national"
    assert fitted.names["No. national"] == "N° national"
    assert fitted.fresh == ("No. national", "Nom et prénom", "Photo")
    assert fitted.mapping.columns["Nom et prénom"] == Column("full_name")
    # A source that runs by itself takes no new name for an old one.
    assert apply(kept, found).missing == ("N° national", "Nom complet")


def test_a_file_that_shares_fields_and_no_names_is_another_layout() -> None:
    kept = Remembered(("Nom", "Sexe"), Mapping({"Nom": Column("full_name"), "Sexe": Column("sex")}))

    assert pair(kept, {"Full name": "full_name", "Sex": "sex"}).nearness == 0.0
    assert pair(kept, {"NOM": "full_name", "Sex": "sex"}).nearness == 1.0
