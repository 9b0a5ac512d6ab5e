"""Saved mappings: kept in versions, found again by the headers, taken out and brought in."""

import json
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import select

from core.domain.permissions import Role
from core.errors import InvalidInput, NotAllowed, NotFound
from core.etl.choices import Column, Mapping
from core.etl.columns.remembered import apply
from core.etl.remedies.steps import Accept, Replace, to_json
from core.etl.runs.document import Known
from core.models import AuditEvent
from core.services import accounts, imports, mappings, remedies
from core.storage.database import reading, transaction
from tests.conftest import Registry
from tests.importing import Desk, add_programme, figures
from tests.people import People, add_people, add_person

HEADERS = "ID,Full name,Sex,District,Phone"
ROWS = "1,Awa Traoré,1,North,0700000001\n2,Moussa Koné,2,North,0700000002\n"
CHOSEN = Mapping(
    {
        "ID": Column(),
        "Full name": Column("full_name"),
        "Sex": Column("sex", values={"1": "FEMALE", "2": "MALE"}),
        "District": Column(left_out=True),
        "Phone": Column("phone", policy="keep"),
    }
)


@pytest.fixture
def people(registry: Registry) -> People:
    add_programme("CASH")
    return add_people()


@pytest.fixture
def desk(people: People, tmp_path: Path) -> Desk:
    return Desk(people.brook, tmp_path)


def begun(desk: Desk, text: str) -> UUID:
    """A run whose columns nobody has settled yet."""
    path = desk.folder / "list.csv"
    path.write_text(text, encoding="utf-8")
    return imports.start(desk.actor, imports.StartImport(path, path.name, "CASH"))


def settled(desk: Desk) -> UUID:
    run = begun(desk, f"{HEADERS}\n{ROWS}")
    imports.set_mapping(desk.actor, run, CHOSEN, "ID")
    return run


def test_a_mapping_is_kept_whole_and_in_versions(desk: Desk) -> None:
    run = settled(desk)

    assert [mappings.save(desk.actor, run, "Monthly  list") for _ in range(2)] == [1, 2]

    view = mappings.describe(desk.actor, "Monthly list")
    assert (view.version, view.kept.mapping, view.kept.key) == (2, CHOSEN, "ID")
    assert [one.version for one in mappings.list_mappings(desk.actor)] == [2]
    assert mappings.describe(desk.actor, "Monthly list", 1).version == 1


def test_next_months_file_with_the_same_headers_finds_it_whatever_their_order(desk: Desk) -> None:
    mappings.save(desk.actor, settled(desk), "Monthly list")

    (match,) = mappings.find_for(desk.actor, ["PHONE", "district", "Full Name", "Sex", "ID"])

    assert (match.exact, match.missing, match.fresh) == (True, (), ())


def test_a_file_that_differs_in_a_column_is_asked_about_that_column_alone(desk: Desk) -> None:
    mappings.save(desk.actor, settled(desk), "Monthly list")
    run = begun(desk, "ID,full name,Sex,Phone,Email\n1,Awa Traoré,1,0700000001,awa@example.org\n")
    document = imports.describe(desk.actor, run).document

    match = mappings.find_for(desk.actor, ["ID", "full name", "Sex", "Phone", "District", "Email"])
    fitted = apply(match[0].view.kept, document.suggestions)

    assert (match[0].exact, match[0].missing, match[0].fresh) == (False, (), ("Email",))
    assert (fitted.fresh, fitted.missing, fitted.key) == (("Email",), ("District",), "ID")
    assert fitted.mapping.columns["full name"].field == "full_name"
    assert fitted.mapping.columns["Sex"].values == {"1": "FEMALE", "2": "MALE"}
    assert fitted.mapping.columns["Email"].field == "email"

    mappings.apply(desk.actor, run, "Monthly list")
    begun_with = imports.describe(desk.actor, run).document
    assert (begun_with.mapping, begun_with.key) == (fitted.mapping, "ID")
    assert begun_with.known == Known("Monthly list", 1, (), ("Email",))
    imports.set_mapping(desk.actor, run, fitted.mapping, fitted.key)
    assert imports.describe(desk.actor, run).document.known == Known("Monthly list", 1)


def test_the_very_same_headers_begin_with_the_mapping_and_set_no_rule_aside(desk: Desk) -> None:
    mappings.save(desk.actor, settled(desk), "Monthly list")
    document = json.loads(mappings.export_text(desk.actor, "Monthly list"))
    replaced, accepted = Replace("Phone", "0", ""), Accept("place_missing", "District", "why not")
    document["steps"] = [to_json(replaced), to_json(accepted)]
    mappings.import_text(desk.actor, json.dumps(document))
    run = begun(desk, f"{HEADERS.upper()}\n{ROWS}")

    assert mappings.apply_exact(desk.actor, run)

    draft = imports.describe(desk.actor, run).document
    assert draft.known == Known("Monthly list", 2, (1,))
    assert draft.mapping is not None
    assert draft.mapping.columns["SEX"].values == {"1": "FEMALE", "2": "MALE"}
    assert [one.step for one in remedies.list_steps(desk.actor, run)] == [Replace("PHONE", "0", "")]
    # What a person settles from here on is not put back.
    assert not mappings.apply_exact(desk.actor, run)
    assert not mappings.apply_exact(desk.actor, begun(desk, "Name,Colour\nAwa,red\nAli,blue\n"))


def test_a_file_of_another_kind_finds_nothing(desk: Desk) -> None:
    mappings.save(desk.actor, settled(desk), "Monthly list")

    assert mappings.find_for(desk.actor, ["ID", "Full name", "Amount", "Paid on"]) == []
    assert mappings.find_for(desk.actor, HEADERS.split(","), dataset="households") == []


def test_what_was_chosen_before_is_evidence_for_the_next_file(desk: Desk) -> None:
    mappings.save(desk.actor, settled(desk), "Monthly list")

    found = mappings.learned(desk.actor, ["SEX", "Full_name", "Village"])

    assert {folded: (one.field, one.name) for folded, one in found.items()} == {
        "sex": ("sex", "Monthly list"),
        "full name": ("full_name", "Monthly list"),
    }


def test_a_renamed_key_column_names_the_same_people_in_this_file_and_the_next(desk: Desk) -> None:
    rows = "7,Awa Traoré,F\n8,Moussa Koné,M\n"
    run = desk.checked(f"N° dossier,Nom complet,Sexe\n{rows}", "N° dossier")
    assert imports.publish(desk.actor, run).new == 2
    mappings.save(desk.actor, run, "Ouham")

    for month, headers in enumerate(("No. dossier,Nom et prénom,Sexe", "No. dossier,NOM,SEXE")):
        run = begun(desk, f"{headers}\n{rows}".replace("Awa", f"Awa {month}"))
        document = imports.describe(desk.actor, run).document
        (match,) = mappings.find_for(desk.actor, document.headers, suggestions=document.suggestions)
        mappings.apply(desk.actor, run, match.view.name)
        document = imports.describe(desk.actor, run).document
        assert document.known is not None
        asked = ("No. dossier", "Nom et prénom") if month == 0 else ("NOM",)
        assert (set(match.renamed), document.known.fresh) == (set(asked), asked)
        assert (document.key, document.mapping is not None) == ("No. dossier", True)
        imports.check(desk.actor, run)
        assert figures(imports.publish(desk.actor, run)) == (0, 1, 1, 0)
        mappings.save(desk.actor, run, "Ouham")


def test_meanings_given_once_are_proposed_for_the_same_column_of_the_next_file(
    desk: Desk,
) -> None:
    mappings.save(desk.actor, settled(desk), "Monthly list")
    run = begun(desk, "Name,Sexe\nAwa,X\nAli,H\n")
    told = {"X": "FEMALE", "H": "MALE"}
    chosen = Mapping({"Name": Column("full_name"), "Sexe": Column("sex", values=told)})
    imports.set_mapping(desk.actor, run, chosen)
    asked = {"SEXE": "sex", "Sex": "marital_status", "Name": "full_name", "sex": "sex"}

    assert mappings.learned_values(desk.actor, asked) == {"sex": {"1": "FEMALE", "2": "MALE"}}

    imports.check(desk.actor, run)
    imports.publish(desk.actor, run)
    assert mappings.learned_values(desk.actor, asked)["SEXE"] == told
    with transaction() as db:
        other = add_person(db, "gita", Role.ANALYST)
    assert mappings.learned_values(other, asked) == {}


def test_a_mapping_goes_out_and_comes_in_unchanged(desk: Desk) -> None:
    mappings.save(desk.actor, settled(desk), "Monthly list")

    text = mappings.export_text(desk.actor, "Monthly list")
    again = mappings.import_text(desk.actor, text, "A copy")

    assert (again.name, again.version) == ("A copy", 1)
    assert again.kept == mappings.describe(desk.actor, "Monthly list").kept
    assert mappings.import_text(desk.actor, text).version == 2


def test_a_wrong_part_of_a_file_is_refused_by_its_name_and_nothing_is_kept(desk: Desk) -> None:
    mappings.save(desk.actor, settled(desk), "Monthly list")
    document = json.loads(mappings.export_text(desk.actor, "Monthly list"))

    for part in ({"colour": "red"}, {"name": 7}, {"key": "Nobody"}):
        with pytest.raises(InvalidInput, match=next(iter(part))):
            mappings.import_text(desk.actor, json.dumps({**document, **part}))
    assert mappings.describe(desk.actor, "Monthly list").version == 1


def test_a_mapping_is_its_makers_own_and_one_of_the_system_everybodys(
    people: People, desk: Desk
) -> None:
    mappings.save(desk.actor, settled(desk), "Monthly list")
    text = mappings.export_text(desk.actor, "Monthly list")
    with transaction() as db:
        other = add_person(db, "gita", Role.ANALYST)

    with pytest.raises(NotFound):
        mappings.describe(other, "Monthly list")
    assert mappings.list_mappings(other) == []
    assert mappings.find_for(other, HEADERS.split(",")) == []
    assert mappings.learned(other, HEADERS.split(",")) == {}
    mappings.import_text(accounts.system_actor(), text, "For everybody")
    assert [one.name for one in mappings.list_mappings(other)] == ["For everybody"]
    with pytest.raises(NotAllowed):
        mappings.list_mappings(people.amina)


def test_saving_is_logged_with_counts_and_no_values(desk: Desk) -> None:
    mappings.save(desk.actor, settled(desk), "Monthly list")

    with reading() as db:
        event = db.execute(select(AuditEvent).where(AuditEvent.action == "mapping.save")).scalar()
    assert event is not None
    assert event.details == {"version": 1, "dataset": "people", "columns": 5, "steps": 0}


def test_the_columns_must_be_settled_first(desk: Desk) -> None:
    run = begun(desk, f"{HEADERS}\n{ROWS}")

    with pytest.raises(InvalidInput, match="Settle"):
        mappings.save(desk.actor, run, "Too early")


def test_what_was_chosen_before_counts_in_the_next_file(desk: Desk) -> None:
    odd = "Zq code,Full name\n0700000001,Awa Traoré\n0700000002,Moussa Koné\n"
    first = begun(desk, odd)
    imports.set_mapping(desk.actor, first, Mapping({"Zq code": Column("phone")}))
    mappings.save(desk.actor, first, "Odd list")

    suggested = imports.describe(desk.actor, begun(desk, odd)).document.suggestions[0]

    assert (suggested.field, suggested.safe) == ("phone", True)
    assert "was this before" in suggested.reason
