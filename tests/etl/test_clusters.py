"""The values step: clusters, offered codes, likely sentinels; nothing is in force by an offer."""

from hypothesis import example, given
from hypothesis import strategies as st

from core.etl.values.clusters import Reason, codes_of, fingerprint, value_groups, variants
from core.etl.values.codes import meanings
from core.etl.values.sentinels import suggest_blanks


def offers(field, counter, chosen=None):
    return {one.value: (one.code, one.reason) for one in value_groups(field, counter, chosen)}


def test_each_value_has_a_code_and_the_reason_for_it():
    seen = offers("sex", {"F": 10, "Femme.": 2, "Femele": 1, "2": 4, "zz": 1}, {"zz": "OTHER"})

    assert seen == {
        "F": ("FEMALE", Reason.KNOWN),
        "Femme.": ("FEMALE", Reason.LIKE),
        "Femele": ("FEMALE", Reason.CLOSE),
        "2": (None, Reason.NUMBER),
        "zz": ("OTHER", Reason.SAID),
    }


def test_letters_are_offered_by_the_words_beside_them_and_left_open_without():
    french = {"Féminin": 9, "Masculin": 8, "F": 3, "H": 2, "M": 2}

    assert offers("sex", french)["H"] == offers("sex", french)["M"] == ("MALE", Reason.BESIDE)
    assert offers("sex", {"Hombre": 1, "H": 2, "M": 2})["M"] == ("FEMALE", Reason.BESIDE)
    assert offers("sex", {"F": 1, "H": 2, "M": 2})["M"] == (None, Reason.EITHER)
    assert not {"H", "M"} & set(meanings("sex", french, {}))


def test_what_an_earlier_file_was_told_is_offered_and_what_is_taken_is_said_to_be():
    counter = {"Z": 3, "9": 2, "F": 5, "Femele": 1, "q": 1}

    seen = value_groups("sex", counter, {"9": "MALE", "Femele": "FEMALE", "q": "OTHER"},
                        {"z": "OTHER", "9": "MALE"})  # fmt: skip

    assert {one.value: (one.code, one.reason) for one in seen} == {
        "Z": ("OTHER", Reason.BEFORE),
        "9": ("MALE", Reason.TAKEN),
        "Femele": ("FEMALE", Reason.TAKEN),
        "q": ("OTHER", Reason.SAID),
        "F": ("FEMALE", Reason.KNOWN),
    }


def test_only_known_and_said_codes_are_in_force():
    counter = {"F": 10, "Femme.": 2, "Femele": 1, "2": 4}

    known = meanings("sex", counter, {})
    in_force = {v for v, (_, reason) in offers("sex", counter).items() if reason == Reason.KNOWN}

    assert set(known) == in_force


def test_what_needs_a_person_comes_first_and_the_frequent_before_the_rare():
    order = [one.value for one in value_groups("sex", {"F": 90, "q": 1, "2": 4, "M": 80})]

    assert order == ["2", "q", "F", "M"]


def test_one_answer_does_for_a_cluster():
    groups = value_groups("status", {"En cours": 3, "en-cours": 2, "EN  COURS.": 1, "other": 1})

    assert len({one.cluster for one in groups}) == 2


def test_spellings_of_a_place_stand_together_with_the_usual_one_first():
    found = variants(
        {"Bangui": 10, "BANGUI": 1, "bangui-centre": 2, "Centre Bangui": 1, "Bimbo": 4}
    )

    assert [(one.proposed, one.count, len(one.spellings)) for one in found] == [
        ("Bangui", 11, 2),
        ("bangui-centre", 3, 2),
    ]


@given(st.text(max_size=20))
@example("𝓐")
def test_a_fingerprint_is_its_own(text):
    assert fingerprint(fingerprint(text)) == fingerprint(text)


def test_marks_that_are_letters_stay_in_a_fingerprint():
    assert fingerprint("किशन") != fingerprint("कशन")
    assert fingerprint("Éloïse") == fingerprint("eloise")


def test_likely_sentinels_are_named_with_their_counts_and_real_values_are_not():
    def texts(field, counts):
        return [(one.text, one.count) for one in suggest_blanks(field, counts)]

    assert texts("age", {"5": 10, "0": 5, "1": 9, "99": 30, "98": 1, "999": 2}) == [
        ("99", 30),
        ("999", 2),
    ]
    assert texts("phone", {"0000000000": 2, "0712345678": 9}) == [("0000000000", 2)]
    assert texts("birth_date", {"01/01/1900": 4, "01/01/1990": 9}) == [("01/01/1900", 4)]
    assert texts("sex", {"1": 4, "2": 5, "99": 2}) == [("99", 2)]
    assert texts("wg_seeing", {"1": 4, "999": 5}) == []
    assert texts("address", {"Bangui": 5, "999": 3}) == [("999", 3)]
    assert texts("household_size", {"4": 5, "9": 1, "999.0": 2}) == [("999.0", 2)]


def test_every_field_of_codes_says_what_its_values_may_mean():
    assert "FEMALE" in codes_of("sex")
    assert tuple(codes_of("is_head"))[:2] == ("true", "false")
    assert "4" in codes_of("wg_seeing")


def test_where_a_sign_or_a_number_says_something_else_texts_are_not_one():
    def together(*texts):
        return [len(one.spellings) for one in variants(dict.fromkeys(texts, 1))]

    assert together("A+", "A-", "a+") == [2]
    assert together("Bo", "BO") == [2]
    assert together("Zone 1 Block 2", "Zone 2 Block 1", "zone 1, block 2") == [2]
    assert together("01/02/2020", "02/01/2020", "1.5", "5.1") == []
    assert [
        one.is_sure for one in variants({"Éleveur": 2, "éleveur ": 1, "b-c-d": 1, "b c d": 1})
    ] == [
        True,
        False,
    ]
