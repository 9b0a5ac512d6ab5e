"""Remedies are tried out at once, put into force as steps, taken back, and replayed next month."""

import json
from pathlib import Path
from uuid import UUID

import pytest

from core.domain.permissions import Role
from core.errors import Conflict, InvalidInput, NotFound
from core.etl.choices import Column, Mapping
from core.etl.remedies.steps import (
    Accept,
    Blank,
    Cell,
    FillDown,
    LeaveOut,
    MapValue,
    Replace,
    to_json,
)
from core.services import imports, inspection, mappings, remedies
from core.services.inspection import Facet
from core.storage.database import transaction
from tests.conftest import Registry
from tests.importing import Desk, add_place, add_programme, ask, figures
from tests.people import add_people, add_person

ROWS = """ID,Full name,Sex,Date of birth,Phone
A1,Awa Traoré,F,1990-05-14,70000001
A2,Moussa Koné,Z,1985-11-02,70000002
A3,Fanta Diallo,F,2001-02-31,70000003
A4,Ali Ba,Z,1979-03-02,70000004
A4,Ali Ba,Z,1979-03-02,70000004
"""
COLUMNS = {"Full name": "full_name", "Sex": "sex", "Date of birth": "birth_date"}
Counts = tuple[tuple[str, int], ...]


@pytest.fixture
def desk(registry: Registry, tmp_path: Path) -> Desk:
    add_programme("CASH")
    return Desk(add_people().brook, tmp_path)


def begun(desk: Desk, rows: str = ROWS) -> UUID:
    """Begin a run whose columns are settled."""
    path = desk.folder / "people.csv"
    path.write_text(rows, encoding="utf-8")
    run = imports.start(desk.actor, imports.StartImport(path, path.name, "CASH"))
    columns = {header: Column(field) for header, field in (COLUMNS | {"Phone": "phone"}).items()}
    imports.set_mapping(desk.actor, run, Mapping(columns), "ID")
    return run


def checked(desk: Desk, rows: str = ROWS) -> UUID:
    run = begun(desk, rows)
    imports.check(desk.actor, run)
    return run


def rules(desk: Desk, run: UUID) -> dict[str, int]:
    return {found.rule: found.count for found in imports.findings(desk.actor, run)}


def short(causes: tuple[tuple[tuple[str, str, str], int], ...]) -> Counts:
    return tuple((cause[0], count) for cause, count in causes)


def test_steps_put_rows_right_and_are_taken_back_in_any_order(desk: Desk) -> None:
    run = checked(desk)
    assert rules(desk, run)["unknown_code"] == 3
    places = remedies.add_steps(
        desk.actor,
        run,
        [
            MapValue("Sex", "Z", "MALE"),
            Cell("Date of birth", "2001-02-31", "2001-02-28", row=4),
            LeaveOut("twice", rows=(6,)),
        ],
    )

    assert places == [1, 2, 3]
    counts = imports.check(desk.actor, run)
    assert (counts["staged"], counts["held"], counts["left_out"]) == (4, 0, 1)

    remedies.undo_step(desk.actor, run, 1)
    assert imports.check(desk.actor, run)["held"] == 2
    remedies.redo_step(desk.actor, run, 1)
    assert imports.check(desk.actor, run)["held"] == 0
    assert figures(imports.publish(desk.actor, run)) == (4, 0, 0, 0)
    assert ask("SELECT full_name, sex FROM person WHERE sex = 'MALE' ORDER BY id") == [
        ("Moussa Koné", "MALE"),
        ("Ali Ba", "MALE"),
    ]


def test_steps_are_listed_in_words_with_who_made_them(desk: Desk) -> None:
    run = begun(desk)
    remedies.add_step(desk.actor, run, Blank("Phone", ("70000001",)))
    remedies.add_step(desk.actor, run, FillDown("Sex"))
    remedies.undo_step(desk.actor, run, 1)

    seen = [(s.position, s.words, s.actor, s.undone) for s in remedies.list_steps(desk.actor, run)]

    assert seen == [
        (1, "Phone: “70000001” means no answer", "brook", True),
        (2, "Sex: blanks repeat the value above them", "brook", False),
    ]


def test_a_run_whose_steps_changed_since_its_check_cannot_be_published(desk: Desk) -> None:
    run = checked(desk)
    remedies.add_step(desk.actor, run, MapValue("Sex", "Z", "MALE"))

    with pytest.raises(Conflict, match="check it first"):
        imports.publish(desk.actor, run)


def test_a_step_cannot_be_added_to_a_published_run_or_anothers(desk: Desk) -> None:
    run = checked(desk)
    with transaction() as db:
        other = add_person(db, "kofi", Role.ANALYST)
    with pytest.raises(NotFound):
        remedies.add_step(other, run, FillDown("Sex"))
    with pytest.raises(NotFound):
        remedies.undo_step(desk.actor, run, 1)
    imports.publish(desk.actor, run)
    with pytest.raises(Conflict):
        remedies.add_step(desk.actor, run, FillDown("Sex"))


def test_a_step_about_a_strange_column_is_refused(desk: Desk) -> None:
    with pytest.raises(InvalidInput, match="Colour"):
        remedies.add_step(desk.actor, begun(desk), FillDown("Colour"))


def test_a_doubt_may_be_accepted_with_a_reason_and_a_broken_row_never(desk: Desk) -> None:
    run = checked(desk, ROWS.replace("1990-05-14", "1850-05-14"))
    found = {one.rule: one for one in imports.findings(desk.actor, run)}

    offers = inspection.suggest(desk.actor, run, found["birth_too_early"])
    assert [(one.step, one.needs_reason) for one in offers] == [
        (Accept("birth_too_early", "Date of birth", ""), True)
    ]
    accept = Accept("birth_too_early", "Date of birth", "seen the certificate")
    before, after = ("critical", "warning")
    foreseen = inspection.preview_step(desk.actor, run, accept)
    assert (foreseen.gone[0][0][1], foreseen.come[0][0][1]) == (before, after)
    remedies.add_step(desk.actor, run, accept)
    imports.check(desk.actor, run)
    severities = {one.rule: one.severity for one in imports.findings(desk.actor, run)}
    assert severities["birth_too_early"] == "warning"

    with pytest.raises(InvalidInput, match="cannot be accepted"):
        remedies.add_step(desk.actor, run, Accept("duplicate_in_file", "ID", "it is fine"))
    with pytest.raises(InvalidInput, match="reason"):
        remedies.add_step(desk.actor, run, Accept("birth_too_early", "Date of birth", " "))


def test_remedies_are_offered_by_cause(desk: Desk) -> None:
    add_place("KT", "Kitale")
    add_place("KT1", "Kitale West", "KT")
    text = "Full name,Sex,District,Date of birth\nAwa,Femal,Kitale,1990-02-31\nAli,M,Kitele,1990\n"
    text += "Fanta,F,Kitale,1991\nMoussa,M,Kitale,1992\nJo,M,Kitale Wes,1993\n"
    run = desk.checked(text + "Ali,M,Kitele,1990\n")
    found = {one.rule: one for one in imports.findings(desk.actor, run)}

    def offered(rule: str) -> list[str]:
        return [one.label for one in inspection.suggest(desk.actor, run, found[rule])]

    assert offered("unknown_code") == [
        "Sex: “Femal” means Female",
        "Sex: “Femal” means no answer",
    ]
    assert offered("invalid_date") == ["Date of birth: “1990-02-31” means no answer"]
    assert offered("unknown_place")[0] == "“Kitele” is Kitale"
    assert "“Kitale Wes” is Kitale › Kitale West" in offered("unknown_place")
    remedies.add_step(
        desk.actor, run, inspection.suggest(desk.actor, run, found["unknown_place"])[0].step
    )
    imports.check(desk.actor, run)
    assert rules(desk, run)["unknown_place"] == 1
    duplicate = {one.rule: one for one in imports.findings(desk.actor, run)}["duplicate_in_file"]
    (leave,) = inspection.suggest(desk.actor, run, duplicate)
    assert leave.step == LeaveOut("not to be imported", rows=(7,))


def test_a_letter_may_mean_anything_beside_others_that_contradict_it(desk: Desk) -> None:
    words = ("Masculin", "Féminin", "M", "H", "M")
    rows = [f"{n},Awa Ba,{word},,\n" for n, word in enumerate(words)]
    run = checked(desk, "ID,Full name,Sex,Date of birth,Phone\n" + "".join(rows))
    [unknown] = [one for one in imports.findings(desk.actor, run) if one.rule == "unknown_code"]

    offers = inspection.suggest(desk.actor, run, unknown)
    male = MapValue("Sex", "M", "MALE")

    assert offers[0].possible
    assert male in [one.step for one in offers if one.possible]
    seen = inspection.preview_step(desk.actor, run, male)
    assert (seen.rows, short(seen.gone), seen.come) == (2, (("unknown_code", 2),), ())


def test_a_preview_says_which_findings_go_and_come(desk: Desk) -> None:
    run = checked(desk)

    def ahead(step: remedies.Step) -> tuple[int, Counts, Counts]:
        found = inspection.preview_step(desk.actor, run, step)
        return found.rows, short(found.gone), short(found.come)

    assert ahead(MapValue("Sex", "Z", "MALE")) == (3, (("unknown_code", 3),), ())
    assert ahead(Cell("Sex", "F", "Q", row=2)) == (1, (), (("unknown_code", 1),))
    assert ahead(Cell("ID", "A1", "A2", row=2)) == (1, (), (("duplicate_in_file", 1),))
    assert ahead(Cell("ID", "A4", "A5", row=6)) == (1, (("duplicate_in_file", 1),), ())
    assert ahead(LeaveOut("x", header="Sex", value="Z"))[:2] == (3, (("unknown_code", 3),))
    assert ahead(Replace("Sex", "none of these", "F")) == (0, (), ())
    rows, gone, come = ahead(Blank("Date of birth", ("2001-02-31",)))
    assert (rows, gone, come) == (1, (("invalid_date", 1),), (("birth_date_missing", 1),))


def test_a_preview_counts_earlier_steps_in(desk: Desk) -> None:
    run = checked(desk)
    remedies.add_step(desk.actor, run, Cell("Sex", "Z", "F", row=3))

    assert inspection.preview_step(desk.actor, run, MapValue("Sex", "Z", "MALE")).rows == 2


def test_bad_rows_come_by_page_and_facet_as_the_steps_leave_them(desk: Desk) -> None:
    run = checked(desk)

    page = inspection.bad_rows(desk.actor, run, Facet(severity="critical"), limit=2)

    assert ([one.row for one in page.rows], page.total, page.stale) == ([3, 4], 4, False)
    first = page.rows[0].issues[0]
    assert (first.header, first.rule, first.value) == ("Sex", "unknown_code", "Z")
    assert first.message.startswith("Row 3, Sex: “Z”")
    by_value = inspection.bad_rows(desk.actor, run, Facet("unknown_code", "Sex", "Z"))
    assert [one.row for one in by_value.rows] == [3, 5, 6]

    remedies.add_step(desk.actor, run, Cell("Sex", "Z", "M", row=3))
    remedies.add_step(desk.actor, run, LeaveOut("twice", rows=(6,)))
    now = inspection.bad_rows(desk.actor, run, Facet("unknown_code"))

    assert now.stale
    assert [(one.row, one.values["Sex"], one.left_out) for one in now.rows] == [
        (3, "M", False),
        (5, "Z", False),
        (6, "Z", True),
    ]
    assert now.rows[0].issues == ()


def test_a_total_is_listed_by_what_is_said_about_it(desk: Desk) -> None:
    run = checked(desk, ROWS + "TOTAL,5,,,\n")

    [row] = inspection.bad_rows(desk.actor, run, Facet("footer_left_out")).rows

    assert (row.row, row.is_data, set(row.values.values())) == (7, False, {""})
    assert "TOTAL" in row.issues[0].message


def test_remedies_are_replayed_on_next_months_file(desk: Desk) -> None:
    run = checked(desk)
    remedies.add_steps(
        desk.actor,
        run,
        [
            MapValue("Sex", "Z", "MALE"),
            Cell("Date of birth", "2001-02-31", "2001-02-28", row=4),
            LeaveOut("twice", rows=(6,)),
            Blank("Phone", ("70000001",)),
        ],
    )

    mappings.save(desk.actor, run, "March")
    kept = json.loads(mappings.export_text(desk.actor, "March"))
    assert [one["op"] for one in kept["steps"]] == ["map_value", "cell", "blank"]
    kept["steps"].append(to_json(FillDown("Colour")))
    mappings.import_text(desk.actor, json.dumps(kept))
    head, *rest = ROWS.splitlines()
    moved = begun(desk, "\n".join([head, *reversed(rest[:4])]) + "\n")
    mappings.apply(desk.actor, moved, "March")

    assert len(remedies.list_steps(desk.actor, moved)) == 3
    assert imports.check(desk.actor, moved)["held"] == 0
    imports.publish(desk.actor, moved)
    with pytest.raises(Conflict):
        mappings.apply(desk.actor, moved, "March")


def test_the_log_names_kinds_and_columns_of_steps_and_no_value(desk: Desk) -> None:
    run = begun(desk)
    remedies.add_step(desk.actor, run, Cell("Full name", "Ali Ba", "Ali Bah", row=5))
    remedies.undo_step(desk.actor, run, 1)

    acts = ask("SELECT action, CAST(details AS text) FROM audit_event ORDER BY id")

    assert [action for action, _ in acts][-2:] == ["import.step", "import.step_undo"]
    assert not any("Ali" in details for _, details in acts)
