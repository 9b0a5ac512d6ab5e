"""Tables that become one: stacked, joined by keys that must be sure, unpivoted, filtered."""

import json

import pyarrow as pa
import pytest

from core.errors import InvalidInput, UnreadableFile
from core.etl.rows import ROW, Batch, all_issues, no_issues
from core.etl.tables import inspecting, joining, reading, tidying
from core.etl.tables.looking import Files
from core.etl.tables.shapes import (
    AS_PROPOSED,
    NO_SHAPE,
    Join,
    Keep,
    Layout,
    Lift,
    Shape,
    SourceRow,
    TableChoice,
    Unpivot,
    source_row,
)
from tests.etl.checking import written

HOUSEHOLDS = "Household ID,Village,Roof\nH1,Kano,tin\nH2,Zaria,straw\n"
MEMBERS = "Full name,Sex,Household ID\nAmina Diallo,F,H1\nAli Ba,M,H1\nFatou Sow,F,H2\n"


def files(tmp_path, **texts):
    made = [written(tmp_path / f"{name}.csv", text) for name, text in texts.items()]
    return Files(tuple(made), tuple(path.name for path in made))


def tables(made):
    """The layouts of some files, each on its own."""
    found = [inspecting.inspect(Files((p,), (p.name,)), AS_PROPOSED) for p in made.paths]
    return [Layout(**{**one.tables.layout.__dict__, "file": n}) for n, one in enumerate(found)]


def read(made, layout, shape, size=50_000):
    """The rows of the one table with their numbers, and the issues as (rule, row, value)."""
    headers, batches = reading.read_shaped(made.paths, layout, shape, size)
    parts = list(batches)
    rows = [row for part in parts for row in part.table.to_pylist()]
    issues = all_issues([part.issues for part in parts])
    told = list(zip(issues["rule"], issues["row"], issues["value"], strict=True))
    return headers, rows, told


@pytest.mark.parametrize("size", [1, 50_000])
def test_a_join_brings_columns_and_never_doubles_a_row(tmp_path, size):
    made = files(tmp_path, members=MEMBERS, households=HOUSEHOLDS)
    members, households = tables(made)
    shape = Shape(joins=(Join(households, "Household ID", "Household ID"),))

    headers, rows, told = read(made, members, shape, size)

    assert headers == ("Full name", "Sex", "Household ID", "Village", "Roof")
    assert [(row[ROW], row["Village"]) for row in rows] == [(2, "Kano"), (3, "Kano"), (4, "Zaria")]
    assert told == []


def test_a_key_that_stands_twice_holds_the_rows_that_use_it(tmp_path):
    made = files(tmp_path, members=MEMBERS, households=HOUSEHOLDS + "H1,Gusau,tin\n")
    members, households = tables(made)
    shape = Shape(joins=(Join(households, "Household ID", "Household ID"),))

    _, rows, told = read(made, members, shape)

    assert [(row["Full name"], row["Village"]) for row in rows] == [
        ("Amina Diallo", None),
        ("Ali Ba", None),
        ("Fatou Sow", "Zaria"),
    ]
    assert told == [("ambiguous_join", 2, "H1"), ("ambiguous_join", 3, "H1")]


@pytest.mark.parametrize(("required", "severity"), [(False, "warning"), (True, "critical")])
def test_a_row_without_a_match_is_told_and_held_where_the_other_row_is_needed(
    tmp_path, required, severity
):
    made = files(tmp_path, members=MEMBERS + "Awa Fall,F,H9\nOumar Sy,M,\n", hh=HOUSEHOLDS)
    members, households = tables(made)
    join = Join(households, "Household ID", "Household ID", required=required)
    _, batches = reading.read_shaped(made.paths, members, Shape(joins=(join,)))

    [batch] = batches

    told = list(
        zip(batch.issues["rule"], batch.issues["row"], batch.issues["severity"], strict=True)
    )
    blank = [("orphan_row", 6, severity)] if required else []
    assert told == [("orphan_row", 5, severity), *blank]


def test_closed_versions_are_left_out_before_the_join(tmp_path):
    closed = "Household ID,Village,ValidityTo\nH1,Kano,\nH1,Old Kano,2020-01-01\nH2,Zaria,\n"
    made = files(tmp_path, members=MEMBERS, households=closed)
    members, households = tables(made)
    keep = (Keep("ValidityTo", "empty"),)
    join = Join(households, "Household ID", "Household ID", keep=keep, columns=("Village",))

    _, rows, told = read(made, members, Shape(joins=(join,), keep=(Keep("Sex", "is", "F"),)))

    assert [(row["Full name"], row["Village"]) for row in rows] == [
        ("Amina Diallo", "Kano"),
        ("Fatou Sow", "Zaria"),
    ]
    assert told == []


def test_a_header_that_is_there_already_says_which_table_it_is_from(tmp_path):
    made = files(tmp_path, members=MEMBERS, households="Household ID,Sex\nH1,F\nH2,M\n")
    members, households = tables(made)

    plain = Shape(joins=(Join(households, "Household ID", "Household ID"),))
    named = Shape(joins=(Join(households, "Household ID", "Household ID", "Head "),))

    assert read(made, members, plain)[0][3:] == ("households / Sex",)
    assert read(made, members, named)[0][3:] == ("Head Sex",)


def test_places_bring_what_stands_above_them_and_a_circle_ends(tmp_path):
    places = (
        "LocationId,Parent,Type,Name\n1,,R,Region\n2,1,D,District\n3,2,V,Village\n"
        "7,8,V,Here\n8,7,D,There\n"
    )
    made = files(tmp_path, people="Name,LocationId\nA,3\nB,2\nC,7\n", places=places)
    people, tree = tables(made)
    lift = Lift("Parent", "Type", "Name", {"R": "Region", "D": "District", "V": "Village"})
    join = Join(tree, "LocationId", "LocationId", columns=(), lift=lift)

    _, rows, _ = read(made, people, Shape(joins=(join,)))

    assert [(row["Region"], row["District"], row["Village"]) for row in rows] == [
        ("Region", "District", "Village"),
        ("Region", "District", None),
        (None, "There", "Here"),
    ]


def test_a_table_too_large_to_hold_is_refused_in_words(tmp_path, monkeypatch):
    made = files(tmp_path, members=MEMBERS, households=HOUSEHOLDS)
    members, households = tables(made)
    monkeypatch.setattr(joining, "MOST_BYTES", 10)

    with pytest.raises(UnreadableFile, match="too large to be joined"):
        read(made, members, Shape(joins=(Join(households, "Household ID", "Household ID"),)))


def test_stacked_tables_keep_the_numbers_of_their_rows(tmp_path):
    made = files(tmp_path, january="Name,Sex\nA,F\n", february="SEX,name,Village\nM,B,Kano\n")
    first, second = tables(made)
    shape = Shape(stacked=(second,))

    headers, rows, _ = read(made, first, shape)

    assert headers == ("Name", "Sex", "Village", "Sheet")
    assert [(row["Name"], row["Sex"], row["Sheet"]) for row in rows] == [
        ("A", "F", "january"),
        ("B", "M", "february"),
    ]
    assert [source_row(shape, row[ROW]) for row in rows] == [SourceRow(0, 2), SourceRow(1, 2)]


def test_a_joined_table_without_rows_leaves_every_row_as_it_is(tmp_path):
    made = files(tmp_path, members=MEMBERS, households="Household ID,Village\nH1,Kano\n")
    members, households = tables(made)
    join = Join(
        households, "Household ID", "Household ID", keep=(Keep("Village", "is", "nowhere"),)
    )

    _, rows, told = read(made, members, Shape(joins=(join,)))

    assert [row["Village"] for row in rows] == [None, None, None]
    assert [rule for rule, _, _ in told] == ["orphan_row"] * 3


def test_a_list_of_one_column_repeats_no_header(tmp_path):
    made = files(tmp_path, names="Name\nAmina\nName\nAli\n")
    [layout] = tables(made)

    assert [row["Name"] for row in read(made, layout, NO_SHAPE)[1]] == ["Amina", "Name", "Ali"]


def test_groups_of_columns_become_rows_and_what_was_found_goes_to_the_right_member(tmp_path):
    wide = "hh,c1 name,c1 age,c2 name,c2 age\nH1,A,4,B,6\nH2,,,C,8\nH3,,,,\nH4,D,1\n"
    made = files(tmp_path, wide=wide)
    [layout] = tables(made)
    groups = tuple({f"c{n} name": "name", f"c{n} age": "age"} for n in (1, 2))
    shape = Shape(unpivot=Unpivot(groups))

    headers, rows, told = read(made, layout, shape)

    assert headers == ("hh", "name", "age")
    places = [source_row(shape, row[ROW]) for row in rows]
    assert [(p.row, p.member, r["name"] or "") for p, r in zip(places, rows, strict=True)] == [
        (2, 0, "A"),
        (2, 1, "B"),
        (3, 1, "C"),
        (4, 0, ""),
        (5, 0, "D"),
    ]
    assert [(rule, row) for rule, row, _ in told] == [("missing_cell", 10)]


@pytest.mark.parametrize(
    "shape",
    [
        Shape(keep=(Keep("Nobody", "empty"),)),
        Shape(keep=(Keep("Sex", "like", "x"),)),
        Shape(unpivot=Unpivot(({"Nobody": "name"},))),
        Shape(unpivot=Unpivot(())),
        Shape(joins=(Join(Layout("x", 1, ("a",), file=9), "Sex", "a"),)),
    ],
)
def test_a_shape_that_does_not_fit_is_refused_in_words(tmp_path, shape):
    made = files(tmp_path, members=MEMBERS)
    [layout] = tables(made)

    with pytest.raises(InvalidInput):
        read(made, layout, shape)


def test_a_shape_goes_through_json_and_comes_back(tmp_path):
    made = files(tmp_path, members=MEMBERS, households=HOUSEHOLDS)
    members, households = tables(made)
    lift = Lift("a", "b", "c", {"R": "Region"})
    join = Join(households, "x", "y", "p", (Keep("k", "is", "v"),), ("z",), True, lift)
    shape = Shape((members,), (join,), Unpivot(({"a": "b"},), ("first",), "Who"), join.keep)

    assert Shape.from_json(json.loads(json.dumps(shape.to_json()))) == shape


class TestProposals:
    """What is proposed when nobody has said anything."""

    def look(self, made, choice=AS_PROPOSED):
        return inspecting.inspect(made, choice)

    def test_households_and_members_are_joined_whichever_comes_first(self, tmp_path):
        made = files(tmp_path, households=HOUSEHOLDS, members=MEMBERS)

        seen = self.look(made)

        [join] = seen.tables.shape.joins
        assert seen.tables.layout.label == "members"
        assert (join.left, join.right, join.columns) == (
            "Household ID",
            "Household ID",
            ("Village", "Roof"),
        )

    def test_a_form_and_its_repeat_are_joined_and_an_orphan_is_held(self, tmp_path):
        made = files(
            tmp_path,
            form="village,_index,_parent_index\nKano,1,\nZaria,2,\n",
            members="roster/name,roster/sex,_index,_parent_index\nA,F,1,1\nB,M,2,1\nC,F,3,2\n",
        )

        seen = self.look(made)

        [join] = seen.tables.shape.joins
        assert seen.tables.layout.label == "members"
        assert (join.left, join.right, join.required) == ("_parent_index", "_index", True)
        assert [row["village"] for row in seen.sample] == ["Kano", "Kano", "Zaria"]

    def test_files_that_share_nothing_are_not_guessed_together(self, tmp_path):
        made = files(tmp_path, members=MEMBERS, prices="Item,Price\nrice,3\nbeans,4\n")

        with pytest.raises(InvalidInput, match="not clear how the files belong together"):
            self.look(made)

    def test_running_numbers_are_no_key(self, tmp_path):
        made = files(tmp_path, a="No,Full name\n1,A\n2,B\n2,C\n", b="No,Item\n1,x\n2,y\n")

        with pytest.raises(InvalidInput):
            self.look(made)

    def test_questions_with_numbers_are_no_members(self, tmp_path):
        made = files(
            tmp_path, survey="id,asset1_type,asset1_value,asset2_type,asset2_value\n1,a,2,b,3\n"
        )

        assert self.look(made).tables.shape == NO_SHAPE

    def test_a_repeat_about_goods_leaves_the_people_in_the_form(self, tmp_path):
        goods = "".join(f"goat,{n},1,form\n" for n in range(1, 9))
        made = files(
            tmp_path,
            goods=f"item,_index,_parent_index,_parent_table_name\n{goods}",
            form="name,sex,_index\nAmina,F,1\nAli,M,2\n",
        )

        seen = self.look(made, TableChoice(shape='{"table": "goods"}'))
        assert seen.tables.layout.label == "goods"
        with pytest.raises(InvalidInput, match="not clear"):
            self.look(made)

    def test_the_levels_of_places_are_no_members(self, tmp_path):
        header = "adm1_name,adm1_pcode,adm2_name,adm2_pcode"
        made = files(tmp_path, areas=f"{header}\nNorth,N,East,NE\n")

        assert self.look(made).tables.shape == NO_SHAPE

    def test_a_version_that_is_the_same_everywhere_is_no_key(self, tmp_path):
        made = files(tmp_path, a="name,version_no\nA,1\nB,1\n", b="colour,version_no\nred,1\n")

        with pytest.raises(InvalidInput):
            self.look(made)

    def test_a_repeat_within_a_repeat_finds_the_form_around_both(self, tmp_path):
        made = files(
            tmp_path,
            children="name,sex,_index,_parent_index,_parent_table_name\nA,F,1,1,mothers\n"
            "B,M,2,2,mothers\n",
            mothers="mother,_index,_parent_index,_parent_table_name\nMa,1,1,form\nMb,2,1,form\n",
            form="village,_index\nKano,1\nZaria,2\n",
        )

        seen = self.look(made)

        assert [join.table.label for join in seen.tables.shape.joins] == ["mothers", "form"]
        shown = [(row["name"], row["mother"], row["village"]) for row in seen.sample]
        assert shown == [("A", "Ma", "Kano"), ("B", "Mb", "Kano")]

    def test_the_head_beside_the_children_is_a_member_too(self, tmp_path):
        header = "Household ID,Full name,Sex,National ID,Phone,child_1_name,child_1_sex"
        made = files(tmp_path, wide=f"{header},child_2_name,child_2_sex\nH1,A,F,77,0712,B,M,C,F\n")

        seen = self.look(made)

        shown = [(row["name"], row["national id"], row["Relationship"]) for row in seen.sample]
        assert shown == [("A", "77", "head"), ("B", "", "child"), ("C", "", "child")]

    def test_a_persons_shape_names_its_tables_by_file(self, tmp_path):
        made = files(tmp_path, members=MEMBERS, households=HOUSEHOLDS)
        text = {
            "joins": [
                {
                    "table": {"file": "households.csv", "header_row": 1},
                    "left": "Household ID",
                    "right": "Household ID",
                }
            ],
            "keep": [{"header": "Sex", "op": "is", "value": "F"}],
        }

        seen = self.look(made, TableChoice(shape=json.dumps(text)))

        assert [row["Village"] for row in seen.sample] == ["Kano", "Zaria"]

    @pytest.mark.parametrize(
        "text",
        [
            "{",
            "[]",
            '{"joint": []}',
            '{"joins": [{"table": "nowhere.csv", "left": "a", "right": "b"}]}',
            '{"joins": [{"left": "a", "right": "b"}]}',
            '{"keep": [{"header": "Sex", "op": "like"}]}',
            '{"unpivot": {"groups": ["a"]}}',
            '{"keep": {}}',
        ],
    )
    def test_a_shape_that_cannot_be_read_is_refused_in_words(self, tmp_path, text):
        made = files(tmp_path, members=MEMBERS)

        with pytest.raises(InvalidInput):
            self.look(made, TableChoice(shape=text))


@pytest.mark.parametrize(
    ("cells", "out"),
    [
        (("TOTAL", "12", ""), True),
        (("Grand total", "", ""), True),
        (("المجموع", "12", ""), True),
        (("Soma", "3", ""), True),
        (("Suma: 4", "", ""), True),
        (("Total", "45 people", ""), True),
        (("Total", "F", "1990-01-01"), False),
        (("Totaline Ka", "", ""), False),
        (("Summer Obi", "", ""), False),
        (("Total Energies", "F", "1990-01-01"), False),
        (("Amina", "12", ""), False),
    ],
)
def test_a_total_is_left_out_anywhere_and_a_person_never(cells, out):
    layout = Layout("x", 1, ("Full name", "Sex", "Date of birth"))
    rows = [("Amina", "F", "1990-01-01"), cells, ("Ali", "M", "1991-01-01")]
    columns = dict(zip(layout.headers, map(list, zip(*rows, strict=True)), strict=True))
    table = pa.table({ROW: pa.array([2, 3, 4], pa.int64()), **columns})

    done = tidying.Tidy(layout).tidy(Batch(table, no_issues()), final=True)

    assert (3 not in done.table[ROW].to_pylist()) is out
