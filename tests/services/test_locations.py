"""The area tree: files of several layouts come in once, and nobody walks outside a grant."""

import json
from datetime import date
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from openpyxl import Workbook
from sqlalchemy import select

from core.domain.permissions import Actor, Role, Scope
from core.errors import InvalidInput, NotAllowed, NotFound, UnreadableFile
from core.models import AuditEvent, Change, Location, Person, SearchOutbox
from core.services.locations import import_locations, list_ancestors, list_children
from core.storage import integrity, locations
from core.storage.database import reading, transaction
from tests.conftest import Registry, shared_file

CHEN = Actor(1, "chen", (Scope(Role.ADMINISTRATOR, "1/"),))
BROOK = Actor(2, "brook", (Scope(Role.ANALYST, "1/"),))
PLAIN = "code,name,level,parent\nA1,Upper,2,A\nA,North,1,\nA11,Hill,3,A1\nB,South,1,\n"
NEW, CHANGED, UNCHANGED, LEFT_OUT = "new", "changed", "unchanged", "left_out"


def write(folder: Path, text: str, name: str = "areas.csv") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def load(folder: Path, text: str) -> dict[str, int | list[str]]:
    return import_locations(CHEN, write(folder, text))


def tree() -> dict[str, tuple[str, int, str]]:
    """Each place's name, level, and the codes on the way down to it."""
    with reading() as db:
        places = locations.lookup(db)
    codes = {place.id: place.code for place in places}
    return {
        p.code: (p.name, p.level, "/".join(codes[int(step)] for step in p.path.split("/")[:-1]))
        for p in places
        if p.id > 2
    }


def officer(code: str) -> Actor:
    with reading() as db:
        path = locations.find_by_codes(db, [code])[code].path
    return Actor(3, "amina", (Scope(Role.ME_OFFICER, path),))


def address(code: str) -> UUID:
    with reading() as db:
        return locations.find_by_codes(db, [code])[code].uuid


def test_a_plain_file_makes_a_tree_whatever_the_order_of_its_rows(registry: Registry) -> None:
    assert load(registry.data_dir, PLAIN) == {NEW: 4, CHANGED: 0, UNCHANGED: 0, LEFT_OUT: []}

    assert tree() == {
        "A": ("North", 1, "ROOT/A"),
        "B": ("South", 1, "ROOT/B"),
        "A1": ("Upper", 2, "ROOT/A/A1"),
        "A11": ("Hill", 3, "ROOT/A/A1/A11"),
    }
    with reading() as db:
        assert integrity.find_breaches(db) == []
        assert db.execute(select(AuditEvent.details)).scalar_one()[NEW] == 4


def test_the_same_file_again_changes_nothing(registry: Registry) -> None:
    load(registry.data_dir, PLAIN)

    assert load(registry.data_dir, PLAIN) == {NEW: 0, CHANGED: 0, UNCHANGED: 4, LEFT_OUT: []}


def test_a_new_name_is_a_change_that_is_kept(registry: Registry) -> None:
    load(registry.data_dir, PLAIN)

    assert load(registry.data_dir, "code,name,parent\nA1,Upland,A\n")[CHANGED] == 1

    assert tree()["A1"] == ("Upland", 2, "ROOT/A/A1")
    with reading() as db:
        diff = db.execute(select(Change.diff).where(Change.diff.is_not(None))).scalar_one()
        assert diff == {"name": ["Upper", "Upland"]}


def test_a_place_moves_with_all_below_it_and_its_people_are_indexed_again(
    registry: Registry,
) -> None:
    load(registry.data_dir, PLAIN)
    with transaction() as db:
        place = locations.find_by_codes(db, ["A11"])["A11"]
        db.add(
            Person(
                id=1,
                registration_no="P-1",
                full_name="Amina",
                location_id=place.id,
                registered_on=date(2024, 1, 1),
            )
        )

    load(registry.data_dir, "code,name,parent\nA1,Upper,B\n")

    assert tree()["A11"] == ("Hill", 3, "ROOT/B/A1/A11")
    with reading() as db:
        assert db.execute(select(SearchOutbox.person_id)).scalars().all() == [1]


def test_a_wide_file_names_the_areas_above_each_row(registry: Registry) -> None:
    load(
        registry.data_dir,
        "\ufeffADM2_EN;ADM2_PCODE;ADM1_EN;ADM1_PCODE;ADM0_PCODE\n"
        "Lake;X0101;East;X01;X\nRiver;X0102;East;X01;X\n",
    )

    assert tree() == {
        "X01": ("East", 1, "ROOT/X01"),
        "X0101": ("Lake", 2, "ROOT/X01/X0101"),
        "X0102": ("River", 2, "ROOT/X01/X0102"),
    }


def test_outlines_of_a_geojson_file_are_kept_and_not_lost_to_a_file_without(
    registry: Registry,
) -> None:
    outline = {"type": "Polygon", "coordinates": [[[0.5, 0], [1, 0], [1, 1], [0.5, 0]]]}
    properties = {"adm1_pcode": "X01", "adm1_name": "Est", "adm0_pcode": "X", "area": 1.5}
    feature = {"type": "Feature", "properties": properties, "geometry": outline}
    text = json.dumps({"type": "FeatureCollection", "features": [feature]})

    assert load(registry.data_dir, text)[NEW] == 1
    assert load(registry.data_dir, text)[UNCHANGED] == 1
    assert load(registry.data_dir, "code,name,parent\nX01,Est,\n")[UNCHANGED] == 1

    with reading() as db:
        kept = db.execute(select(Location.geometry).where(Location.code == "X01"))
        assert kept.scalar_one() == outline


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("code,name,parent\nA,North,\nB,South,Z\n", "Row 3: the parent Z"),
        ("code,name,parent\nA,North,B\nB,South,A\n", "inside itself"),
        ("code,name,parent\nA,North,A\n", "inside itself"),
        ("code,name,parent\nA,N,\nB,S,\nC,X,A\nC,X,B\n", "Row 5: C lies in another area"),
        ("code,name,parent,level\nA,North,,2\n", "lies on level 1"),
        ("code,name,parent,level\nA,North,,one\n", "“one” is no level"),
        ("code,name,parent\n,North,\n", "Row 2: give the place a code"),
        ("code,name,parent\nA,,\n", "Row 2: give A a name"),
        ("code,name,parent\nROOT,World,\n", "the registry's own"),
        ("code,name\nA,North\n", "no column parent"),
        ("adm1_pcode,adm1_name,adm2_pcode,adm2_name\n,,X1,Lake\n", "no code for level 1"),
        ("adm0_pcode,adm0_name,code,name,parent\n", "names no place"),
    ],
)
def test_a_file_with_one_wrong_row_changes_nothing_and_says_which(
    registry: Registry, text: str, words: str
) -> None:
    with pytest.raises(InvalidInput, match=words):
        load(registry.data_dir, text)
    assert tree() == {}


def test_a_move_below_itself_is_refused_against_the_places_known_already(
    registry: Registry,
) -> None:
    load(registry.data_dir, PLAIN)

    with pytest.raises(InvalidInput, match="inside itself"):
        load(registry.data_dir, "code,name,parent\nA,North,A11\n")


def test_a_file_that_is_no_text_is_refused_in_words(registry: Registry) -> None:
    path = registry.data_dir / "areas.csv"
    path.write_bytes(b"code,name,parent\nA,\xe9\xe9,\n")

    with pytest.raises(UnreadableFile, match="UTF-8"):
        import_locations(CHEN, path)
    with pytest.raises(UnreadableFile, match="GeoJSON"):
        load(registry.data_dir, '{"type": "Topology"}')


def test_only_an_administrator_imports_areas(registry: Registry) -> None:
    with pytest.raises(NotAllowed):
        import_locations(BROOK, write(registry.data_dir, PLAIN))


def test_children_are_listed_from_the_top_by_name(registry: Registry) -> None:
    load(registry.data_dir, PLAIN)

    assert [(p.code, p.level) for p in list_children(BROOK, None)] == [
        ("A", 1),
        ("B", 1),
        ("UNASSIGNED", 1),
    ]
    assert [p.code for p in list_children(BROOK, address("A"))] == ["A1"]
    assert list_children(BROOK, address("A11")) == []


def test_an_officer_walks_inside_the_grant_only(registry: Registry) -> None:
    load(registry.data_dir, PLAIN + "B1,Shore,2,B\n")
    amina = officer("A1")

    assert [p.code for p in list_children(amina, None)] == ["A1"]
    assert [p.code for p in list_children(amina, address("A1"))] == ["A11"]
    assert [p.code for p in list_ancestors(amina, "A11")] == ["A1", "A11"]
    assert [p.code for p in list_ancestors(BROOK, "A11")] == ["A", "A1", "A11"]
    for code in ("A", "B", "B1", "UNASSIGNED", "ROOT"):
        with pytest.raises(NotFound):
            list_children(amina, address(code))
        with pytest.raises(NotFound):
            list_ancestors(amina, code)
    with pytest.raises(NotFound):
        list_children(amina, uuid4())
    assert list_children(Actor(4, "dana", ()), None) == []


def test_two_grants_one_inside_the_other_begin_at_the_outer(registry: Registry) -> None:
    load(registry.data_dir, PLAIN)
    scopes = (*officer("A1").scopes, *officer("B").scopes, *officer("A11").scopes)

    tops = list_children(Actor(5, "efua", scopes), None)

    assert [place.code for place in tops] == ["B", "A1"]


def test_the_areas_of_a_real_country_come_in_with_their_outlines(registry: Registry) -> None:
    folder = "boundaries/central_african_republic_cod_ab"
    table = shared_file(f"{folder}/caf_admin4.csv")
    upper = import_locations(CHEN, shared_file(f"{folder}/caf_admin3.csv"))
    counts = import_locations(CHEN, table)
    again = import_locations(CHEN, table)
    outlines = import_locations(CHEN, shared_file(f"{folder}/caf_admin2.geojson"))

    assert upper == {NEW: 17 + 72 + 175, CHANGED: 0, UNCHANGED: 0, LEFT_OUT: []}
    assert counts[CHANGED] == 0
    assert "Row 72: CF711802 is “Ngongonon IV” already, not “Galabadja II”." in counts[LEFT_OUT]
    assert len(counts[LEFT_OUT]) == 2 + 11
    assert again == {**counts, NEW: 0, UNCHANGED: counts[NEW] + counts[UNCHANGED]}
    assert outlines[NEW] == 0
    assert tree()["CF711106"][2] == "ROOT/CF71/CF711/CF7111/CF711106"
    with reading() as db:
        kept = select(Location.level).where(Location.geometry.is_not(None))
        assert set(db.execute(kept).scalars()) == {2}


def test_the_global_list_of_codes_comes_in(registry: Registry) -> None:
    counts = import_locations(
        CHEN, shared_file("boundaries/global_pcodes/pcodes_adm1_adm2_39_countries.csv")
    )

    assert counts == {NEW: 6726, CHANGED: 0, UNCHANGED: 0, LEFT_OUT: []}


def test_a_workbook_of_all_levels_comes_in_at_once(registry: Registry) -> None:
    folder = "boundaries/central_african_republic_cod_ab"
    counts = import_locations(CHEN, shared_file(f"{folder}/caf_cod_ab.xlsx"))
    again = import_locations(CHEN, shared_file(f"{folder}/caf_cod_ab.xlsx"))
    alone = import_locations(CHEN, shared_file(f"{folder}/caf_admin4.csv"))

    assert counts[NEW] == 17 + 72 + 175 + 172
    assert (again[NEW], again[UNCHANGED]) == (0, counts[NEW])
    assert (alone[NEW], alone[CHANGED]) == (0, 0)
    assert any(sentence.startswith("caf_admin4, Row 72: CF711802") for sentence in counts[LEFT_OUT])


def test_a_workbook_without_places_is_refused(registry: Registry) -> None:
    path = registry.data_dir / "people.xlsx"
    book = Workbook()
    book.worksheets[0].append(["Name", "Sex"])
    book.save(path)

    with pytest.raises(UnreadableFile, match="no sheet with columns"):
        import_locations(CHEN, path)
