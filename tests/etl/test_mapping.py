"""Suggestions: the set of columns decides, content confirms or contradicts, codes are asked."""

import pytest

from core.errors import InvalidInput, UnsafeMapping
from core.etl.choices import Column, Mapping
from core.etl.columns.headers import slug, unique_headers, words
from core.etl.columns.mapping import default_mapping, suggest


def fields(**columns):
    rows = list(zip(*columns.values(), strict=True))
    return {s.header: s.field for s in suggest(list(columns), rows)}


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        (["Nom", "Prénom"], ["family_name", "given_name"]),
        (["Nom"], ["full_name"]),
        (["Nombre", "Apellido"], ["given_name", "family_name"]),
        (["Name", "Surname"], ["given_name", "family_name"]),
        (["Full name", "First name", "Last name"], ["full_name", "given_name", "family_name"]),
        (["name", "middlename", "firstname"], ["family_name", "middle_name", "given_name"]),
        (["UIN", "Token ID"], ["identifier.uin", "identifier.token_id"]),
        (["hh/roster/dateOfBirth"], ["birth_date"]),
        (["\ufeffSexe", "Âge (ans)"], ["sex", "age"]),
        (["जन्म तिथि", "الاسم الكامل"], ["birth_date", "full_name"]),
        (["phoneNumber", "whatsappPhoneNumber"], ["phone", None]),
        (["Mother's name", "Shoe size"], [None, None]),
        (["N° national", "N° carte"], ["identifier.national_id", "identifier.numero_carte"]),
        (["No. national", "Nr. carte"], ["identifier.national_id", "identifier.numero_carte"]),
        (["Numéro national"], ["identifier.national_id"]),
        (["nº national", "passport"], ["identifier.national_id", "identifier.passport"]),
        (["N° CNI"], ["identifier.national_id"]),
        (["No phone", "No. of children", "N° téléphone"], [None, None, "phone"]),
    ],
)
def test_headers_find_their_fields(headers, expected):
    assert [s.field for s in suggest(headers, [])] == expected


def test_what_the_content_does_not_bear_out_is_not_suggested_with_confidence():
    headers = ["Full name", "passport", "CurrentVillage", "Village"]
    found = suggest(headers, [["Awa", "", "0", "0"], ["Ali", "", "0", "Bria"]])

    assert [s.field for s in found] == ["full_name", "identifier.passport", None, "location"]
    assert found[1].confidence < 0.5
    assert found[1].safe
    assert found[2].reason == "kept as an attribute: its only value is 0"


def test_numeric_codes_are_never_guessed():
    found = suggest(["Full name", "Gender"], [["Amina", "1"], ["Ali", "2"]])

    assert (found[1].field, found[1].safe) == ("sex", False)
    with pytest.raises(UnsafeMapping, match="Gender"):
        default_mapping(found)


def test_hombre_and_mujer_by_letter_are_asked_about():
    assert not suggest(["Sexo"], [["H"], ["M"], ["M"]])[0].safe
    assert suggest(["Sexe"], [["H"], ["F"], ["F"]])[0].safe


def test_two_columns_that_fit_as_well_are_both_unsafe():
    found = suggest(["Sex", "Gender"], [["F", "F"], ["M", "M"]])

    assert [s.safe for s in found] == [False, False]


def test_an_identifier_that_repeats_names_nobody():
    assert fields(**{"National ID": ["7"] * 20})["National ID"] is None


def test_an_unknown_column_of_words_for_sexes_needs_a_persons_word():
    found = suggest(["G"], [["Female"], ["Male"]])[0]

    assert (found.field, found.safe) == ("sex", False)


def test_a_mapping_survives_json():
    mapping = Mapping(
        {
            "Né le": Column("birth_date", "DMY"),
            "S": Column("sex", values={"1": "MALE"}),
            "x": Column(),
        }
    )

    assert Mapping.from_json(mapping.to_json()) == mapping
    assert Mapping.from_json('{"Nom": "full_name", "x": null}').columns["Nom"] == Column(
        "full_name"
    )


@pytest.mark.parametrize(
    "text",
    [
        "[]",
        "{",
        '{"a": "registration_no"}',
        '{"a": "sex", "b": "sex"}',
        '{"a": {"fild": "sex"}}',
        '{"a": {"field": "birth_date", "date_order": "DYM"}}',
    ],
)
def test_a_mapping_that_cannot_be_meant_is_refused(text):
    with pytest.raises(InvalidInput):
        Mapping.from_json(text)


def test_every_column_gets_a_name_of_its_own():
    assert unique_headers(["Name", "", "Name", " Name "]) == (
        "Name",
        "Column B",
        "Name (2)",
        "Name (3)",
    )
    assert words("group/HHHSex") == "hhh sex"
    assert slug("Annual household income (USD)") == "annual_household_income"
