"""Files of real registries come out whole, with the counts of an independent reading."""

import csv
import json

import pytest

from core.errors import UnreadableFile
from core.etl import pipeline
from core.etl.extract import extractor_for
from tests.conftest import shared_file
from tests.etl.checking import check_file


def test_the_openg2p_file_is_clean_and_keeps_every_digit():
    done = check_file(shared_file("registries/openg2p/sample_data2.csv"))

    person = done.frame[done.frame["identifiers"].str.contains('"uin":"9937286382"')].iloc[0]
    women = done.clean["sex"] == "FEMALE"
    disabled = done.clean["disability"].fillna(False)
    assert (len(done.clean), done.rules) == (200, {})
    assert person["birth_date"].date().isoformat() == "1974-07-01"
    assert json.loads(person["identifiers"])["token_id"] == "068130455742399305784829962633186139"
    assert (women.sum(), disabled.sum(), (women & disabled).sum()) == (109, 8, 4)


def test_tokens_that_a_spreadsheet_rounded_are_reported_and_left_out():
    done = check_file(shared_file("registries/openg2p/sample_data.csv"))

    assert done.rules == {"identifier_destroyed": 200}
    assert len(done.clean) == 200
    assert not done.clean["identifiers"].str.contains("token_id").any()


def test_semicolons_camel_case_and_ages_are_understood():
    done = check_file(shared_file("registries/redcross_121/mobile-money-999.csv"))

    assert (len(done.clean), done.rules) == (999, {})
    assert (done.clean["sex"] == "FEMALE").sum() == 511
    assert (done.clean["birth_precision"] == "ESTIMATED").all()


def test_one_exact_double_is_held_and_name_parts_find_their_place():
    done = check_file(shared_file("registries/redcross_121/test-registrations-demo-1001.csv"))

    assert done.rules == {"duplicate_in_file": 1}
    assert len(done.clean) == 1000
    assert (done.clean["sex"] == "FEMALE").sum() == 506
    assert done.frame.loc[
        0, ["given_name", "middle_name", "family_name", "full_name"]
    ].tolist() == [
        "Johanna",
        "Max",
        "Gibbs",
        "Johanna Max Gibbs",
    ]


def test_identifiers_and_names_come_through_as_written():
    path = shared_file("registries/openg2p/registry-individual-data.csv")
    with path.open(encoding="utf-8", newline="") as handle:
        source = list(csv.DictReader(handle))

    frame = check_file(path).frame

    assert frame["full_name"].tolist() == [" ".join(row["Full Name"].split()) for row in source]
    kept = [json.loads(text) for text in frame["identifiers"]]
    assert [one["token_id"] for one in kept] == [row["Token ID"] for row in source]
    assert frame["row"].tolist() == list(range(2, len(source) + 2))


@pytest.mark.parametrize(
    ("name", "unsafe"),
    [
        ("microdata/sdcmicro_testdata_household_survey.csv", {"relat", "sex", "hhcivil"}),
        ("registries/openimis_demo/tblInsuree.csv", {"Relationship"}),
        ("surveys/wfp_vam/EBI_Sample_Survey.csv", {"RespSex", "HHHSex"}),
        ("registries/redcross_121/test-reconciliation-Excel-pv.csv", {"status"}),
    ],
)
def test_numeric_codes_and_two_equal_columns_ask_for_a_person(name, unsafe):
    suggestions = pipeline.inspect(shared_file(name)).suggestions

    assert {suggestion.header for suggestion in suggestions if not suggestion.safe} == unsafe


def test_a_row_of_hashtags_is_no_data():
    layout = pipeline.inspect(shared_file("registries/primero/hxl_location_sample.csv")).layout

    assert (layout.header_row, layout.skipped_rows) == (1, (2,))


def test_instruction_sheets_are_passed_over():
    path = shared_file("registries/openspp_templates/individual_registry.xlsx")

    assert pipeline.inspect(path).layout.sheet == "Contacts"


def test_messy_workbooks_are_read_or_refused_with_a_sentence():

    folder = shared_file("messy/calamine")
    read = refused = 0
    for path in sorted(folder.iterdir()):
        if path.suffix.lower() not in {".xlsx", ".xlsm", ".xlsb", ".xls", ".ods"}:
            continue
        try:
            for sheet in extractor_for(path).sheets(path):
                extractor_for(path).sample(path, sheet.name, 20)
            read += 1
        except UnreadableFile as error:
            assert len(str(error)) > 40
            refused += 1
    assert read > 100
    assert refused < 15
