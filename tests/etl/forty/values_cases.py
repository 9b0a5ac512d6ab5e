"""The value cases of the forty nasty ones, as data: a file, its columns, what must come out.

Numbers are those of the list the project keeps: 19 to 35 and 39. Every case runs through the
pipeline and, on both engines, through the service.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from core.etl.choices import Column

NAME = Column("full_name")
BORN = Column("birth_date")


@dataclass(frozen=True)
class Case:
    """One file as text, how its columns are read, and what must come out of it.

    `rows` gives expected fields by row number (dates as text, `attribute.x` and `identifier.x`
    for those); `rules` the rows of each issue, 0 for a finding about a whole column.
    """

    number: int
    name: str
    text: str
    columns: Mapping[str, Column]
    rows: Mapping[int, Mapping[str, Any]]
    rules: Mapping[str, tuple[int, ...]] = field(default_factory=dict)

    @property
    def id(self) -> str:
        return f"case_{self.number}_{self.name.replace(' ', '_')}"


def lines(header: str, *rows: str) -> str:
    return "\n".join((header, *rows)) + "\n"


def people(values: tuple[str, ...], header: str = "Born") -> str:
    """One person for each value; names differ, so that no row repeats another."""
    names = ("Awa", "Moussa", "Fanta", "Ali", "Binta", "Issa", "Mariam", "Omar", "Zara", "Idriss")
    made = (f"{names[at % 10]} {names[at // 10]} Diallo" for at in range(len(values)))
    quoted = ('"' + value.replace('"', '""') + '"' for value in values)
    return lines(
        f"Name,{header}", *(f"{name},{value}" for name, value in zip(made, quoted, strict=True))
    )


def births(*days: str | None) -> dict[int, dict[str, Any]]:
    return {row: {"birth_date": day} for row, day in enumerate(days, 2)}


def values_of(name: str, *expected: object) -> dict[int, dict[str, Any]]:
    return {row: {name: value} for row, value in enumerate(expected, 2)}


DATES = (
    Case(
        19,
        "most telling cells give the order of a column mixed with real dates",
        people(("01/02/1990", "25/02/1988", "26/03/1987", "27/04/1986", "1985-03-14", "12/31/85")),
        {"Name": NAME, "Born": BORN},
        births("1990-02-01", "1988-02-25", "1987-03-26", "1986-04-27", "1985-03-14", None),
        {"date_order_conflict": (7,)},
    ),
    Case(
        19,
        "without evidence the order is asked and nothing guessed",
        people(("01/02/1990", "03/04/1988", "05/05/1987")),
        {"Name": NAME, "Born": BORN},
        births(None, None, "1987-05-05"),
        {"ambiguous_date_order": (2, 3)},
    ),
    Case(
        19,
        "as much evidence for either order is none",
        people(("01/02/1990", "25/02/1988", "02/26/1987")),
        {"Name": NAME, "Born": BORN},
        births(None, "1988-02-25", "1987-02-26"),
        {"ambiguous_date_order": (2,)},
    ),
    Case(
        19,
        "a person says the order",
        people(("01/02/1990", "03/04/1988")),
        {"Name": NAME, "Born": Column("birth_date", "MDY")},
        births("1990-01-02", "1988-03-04"),
    ),
    Case(
        19,
        "a spreadsheet that swapped days and months gives itself away",
        people(
            (
                *("1990-02-01", "1988-04-03", "1985-06-05", "1984-08-07", "1983-10-09"),
                *("25/02/1988", "26/03/1987", "27/04/1986", "28/05/1985", "29/06/1984"),
            )
        ),
        {"Name": NAME, "Born": BORN},
        births("1990-02-01"),
        {"dates_swapped": (0,)},
    ),
    Case(
        20,
        "day numbers of a spreadsheet become dates and are told",
        people(("32875", "32875.0", "1990-01-02")),
        {"Name": NAME, "Born": BORN},
        births("1990-01-02", "1990-01-02", "1990-01-02"),
        {"serial_date": (2, 3)},
    ),
    Case(
        21,
        "partial dates keep their precision",
        people(
            ("1990", "05-1990", "00/00/1990", "00/05/1990", "about 1985", "~1985", "31/02/2001")
        ),
        {"Name": NAME, "Born": BORN},
        {
            2: {"birth_date": "1990-01-01", "birth_precision": "YEAR"},
            3: {"birth_date": "1990-05-01", "birth_precision": "MONTH"},
            4: {"birth_date": "1990-01-01", "birth_precision": "YEAR"},
            5: {"birth_date": "1990-05-01", "birth_precision": "MONTH"},
            6: {"birth_date": "1985-01-01", "birth_precision": "ESTIMATED"},
            7: {"birth_date": "1985-01-01", "birth_precision": "ESTIMATED"},
            8: {"birth_date": None},
        },
        {"invalid_date": (8,)},
    ),
    Case(
        22,
        "two digit years and impossible years",
        people(("25/12/68", "13/01/02", "1900-01-00", "13/05/2085", "13/05/1850", "0000-00-00")),
        {"Name": NAME, "Born": BORN},
        births("1968-12-25", "2002-01-13", None, "2085-05-13", "1850-05-13", None),
        {
            "two_digit_year": (2, 3),
            "zero_date": (4, 7),
            "birth_in_future": (5,),
            "birth_too_early": (6,),
        },
    ),
    Case(
        22,
        "a registration before 1900 is flagged",
        people(("1899-05-13", "2020-05-13"), "Registered"),
        {"Name": NAME, "Registered": Column("registered_on")},
        values_of("registered_on", "1899-05-13", "2020-05-13"),
        {"date_too_early": (2,)},
    ),
    Case(
        23,
        "an Ethiopian column is converted to the day",
        people(("12/05/1982", "05/13/1982", "1982-13-05", "30/02/1980", "1985", "06/13/1982")),
        {"Name": NAME, "Born": Column("birth_date", "DMY", calendar="ethiopian")},
        births("1990-01-20", "1990-09-10", "1990-09-10", "1987-11-10", "1992-09-11", None),
        {"invalid_date": (7,)},
    ),
    Case(
        23,
        "cells that name their calendar are believed and others refused by name",
        people(
            ("25/05/1982 EC", "መስከረም 12 ቀን 1985 ዓ.ም.", "15/08/1411 AH", "2533 BE", "15/08/1411")
        ),
        {"Name": NAME, "Born": BORN},
        births("1990-02-02", "1992-09-22", None, None, None),
        {"calendar_not_supported": (4, 5, 6), "calendar_suspected": (0,)},
    ),
    Case(
        23,
        "a thirteenth month makes the Ethiopian calendar suspected",
        people(("25/05/1982", "05/13/1982", "26/02/1981", "04/13/1979")),
        {"Name": NAME, "Born": BORN},
        births("1982-05-25"),
        {"calendar_suspected": (0,), "date_order_conflict": (3, 5)},
    ),
    Case(
        23,
        "ages seven or eight years younger than the dates make it suspected",
        lines(
            "Name,Born,Age",
            *(f"Person {'ABCDEFGHIJKL'[at]}bebe,{1980 + at}-05-14,{37 - at}" for at in range(12)),
        ),
        {"Name": NAME, "Born": BORN, "Age": Column("age")},
        {},
        {"calendar_suspected": (0,), "age_disagrees": tuple(range(2, 14))},
    ),
    Case(
        24,
        "an age alone estimates the birth date and a disagreement is told",
        lines(
            "Name,Born,Age",
            "Awa Diallo,,30",
            "Ali Ba,1990-05-14,12",
            "Issa Ka,13/01/1980,",
            "Omar Sy,,130",
        ),
        {"Name": NAME, "Born": BORN, "Age": Column("age")},
        {
            2: {"birth_precision": "ESTIMATED"},
            3: {"birth_date": "1990-05-14", "birth_precision": "DAY"},
            4: {"birth_date": "1980-01-13"},
            5: {"birth_date": None},
        },
        {"age_disagrees": (3,), "invalid_age": (5,)},
    ),
)
CODES = (
    Case(
        28,
        "femme and homme by their letters",
        people(("F", "H", "h", "Femme"), "Sex"),
        {"Name": NAME, "Sex": Column("sex")},
        values_of("sex", "FEMALE", "MALE", "MALE", "FEMALE"),
    ),
    Case(
        28,
        "digits and a lonely H wait for a person",
        people(("1", "2", "H", "Male"), "Sex"),
        {"Name": NAME, "Sex": Column("sex")},
        values_of("sex", None, None, None, "MALE"),
        {"unknown_code": (2, 3, 4)},
    ),
    Case(
        28,
        "a persons word settles the digits",
        people(("1", "2", "9"), "Sex"),
        {
            "Name": NAME,
            "Sex": Column("sex", values={"1": "FEMALE", "2": "MALE"}, blanks=("9",)),
        },
        values_of("sex", "FEMALE", "MALE", None),
        {"sex_missing": (4,)},
    ),
    Case(
        29,
        "yes and no in the manners of one column each",
        lines(
            "Name,A,B,C,D,E,F",
            "Awa Diallo,Y,oui,1,x,✓,1",
            "Ali Ba,N,non,0,,✗,3",
            "Issa Ka,maybe,,,,,",
        ),
        {
            "Name": NAME,
            "A": Column("disability"),
            "B": Column("attribute.literate"),
            "D": Column("is_head"),
            "F": Column("wg_seeing"),
        },
        {
            2: {"disability": True, "is_head": True, "wg_seeing": 1, "attribute.literate": "oui"},
            3: {"disability": False, "is_head": None, "wg_seeing": 3},
            4: {"disability": None, "is_head": None, "wg_seeing": None},
        },
        {"unknown_code": (4,)},
    ),
    *(
        Case(
            29,
            f"{what} in a column of its own",
            people((yes, no, ""), "Disability"),
            {"Name": NAME, "Disability": Column("disability")},
            values_of("disability", True, expected, None),
        )
        for what, yes, no, expected in (
            ("ones and zeros", "1", "0", False),
            ("oui and non", "oui", "Non", False),
            ("ticks and crosses", "✓", "✗", False),
            ("x and blank", "x", "-", None),
        )
    ),
    Case(
        30,
        "what means nothing is blank and numbers only on a persons word",
        lines(
            "Name,Mail,Size,Score",
            *(
                f"Person {'ABCDEFGHIJ'[at]}bebe,{text},{size},{score}"
                for at, (text, size, score) in enumerate(
                    zip(
                        ("N/A", "-", ".", "nil", "néant", "null", "<Null>", "none", "inconnu"),
                        ("4", "99", "999", "999.0", "5", "0", "6", "7", "N/A"),
                        ("0", "99", "12.5", "999", "NULL", "-", "3.25", "1", "2"),
                        strict=True,
                    )
                )
            ),
        ),
        {
            "Name": NAME,
            "Mail": Column("email"),
            "Size": Column("household_size", blanks=("99", "999", "0")),
            "Score": Column("poverty_score", blanks=("999",)),
        },
        {
            **{row: {"email": None} for row in range(2, 11)},
            3: {"email": None, "household_size": None, "poverty_score": 99.0},
            4: {"household_size": None},
            5: {"household_size": None, "poverty_score": None},
            6: {"household_size": 5, "poverty_score": None},
            7: {"household_size": None, "poverty_score": None},
            2: {"email": None, "poverty_score": 0.0},
        },
    ),
)
NUMBERS = (
    Case(
        25,
        "numbers that a spreadsheet rounded are gone and said so",
        people(("1.23457E+12", "1.234567890123457E+19", "0012345", "12345.0"), "UIN"),
        {"Name": NAME, "UIN": Column("identifier.uin")},
        values_of("identifier.uin", None, None, "0012345", "12345"),
        {"identifier_destroyed": (2, 3), "float_tail": (5,)},
    ),
    Case(
        26,
        "spellings of one number are one and a separator that parts is none",
        people(("1-23", "12-3", "AB-12", "ab 12", "102345", "1O2345", "'00123"), "Card"),
        {"Name": NAME, "Card": Column("identifier.card")},
        values_of("identifier.card", "1-23", "12-3", "AB-12", "ab 12", "102345", "1O2345", "00123"),
        {"identifier_repeated": (5, 7)},
    ),
    Case(
        26,
        "the separators of a national number do not count",
        people(("12-345 678", "12345678", "12-345 679"), "NID"),
        {"Name": NAME, "NID": Column("identifier.national_id")},
        values_of("identifier.national_id", "12-345 678", "12345678", "12-345 679"),
        {"identifier_repeated": (3,)},
    ),
    Case(
        27,
        "phones keep their digits and a second number goes beside",
        people(
            (
                *("0712 345 678", "254712345678", "712345678.0", "0712345678 / 0733 345 679"),
                *("+254 712-345-678 ext. 12", "٠٧١٢٣٤٥٦٧٨", "call me"),
                "+254712345678 +254733345678",
            ),
            "Phone",
        ),
        {"Name": NAME, "Phone": Column("phone")},
        {
            2: {"phone": "0712345678"},
            3: {"phone": "254712345678"},
            4: {"phone": "712345678"},
            5: {"phone": "0712345678", "attribute.alternative_phone": "0733345679"},
            6: {"phone": "+254712345678"},
            7: {"phone": "0712345678"},
            8: {"phone": None},
            9: {"phone": "+254712345678", "attribute.alternative_phone": "+254733345678"},
        },
        {"float_tail": (4,), "several_phones": (5, 9), "invalid_phone": (8,)},
    ),
    *(
        Case(
            34,
            f"numbers with {what}",
            people(texts, "Score"),
            {"Name": NAME, "Score": Column("poverty_score", decimal=decimal)},
            values_of("poverty_score", *expected),
            rules,
        )
        for what, texts, decimal, expected, rules in (
            (
                "decimal commas",
                ("12,50", "1.200,50", "1 200,50", "1.200"),
                None,
                (12.5, 1200.5, 1200.5, 1200.0),
                {"poverty_score_range": (3, 4, 5)},
            ),
            (
                "decimal points",
                ("12.50", "1,200.50", "1,200", "12k"),
                None,
                (12.5, 1200.5, 1200.0, 12000.0),
                {"poverty_score_range": (3, 4, 5), "number_unit": (5,)},
            ),
            (
                "units and brackets",
                ("KES 50", "(5)", "45%", "abc", "-7"),
                None,
                (50.0, -5.0, None, None, -7.0),
                {
                    "number_unit": (2, 3),
                    "percent_sign": (4,),
                    "invalid_number": (5,),
                    "poverty_score_range": (3, 6),
                },
            ),
            (
                "nothing that tells",
                ("1,200", "1.200", "40"),
                None,
                (None, None, 40.0),
                {"ambiguous_number": (2, 3)},
            ),
            ("a persons word", ("1,200", "40"), ",", (1.2, 40.0), {}),
        )
    ),
)
TEXTS = (
    Case(
        31,
        "invisible letters are cleaned and look alikes told",
        people(("  Ni\u00a0ger\u200b ", "\u202aMali\u202c", "Ch\u0430d", "CHAD"), "Address"),
        {"Name": NAME, "Address": Column("address")},
        values_of("address", "Ni ger", "Mali", "Ch\u0430d", "CHAD"),
        {"mixed_scripts": (4,)},
    ),
    Case(
        31,
        "letters encoded twice or lost are told and stay as they are",
        people(("JosÃ©ville", "San Jos\ufffd", "São João"), "Address"),
        {"Name": NAME, "Address": Column("address")},
        values_of("address", "JosÃ©ville", "San Jos\ufffd", "São João"),
        {"mojibake": (2,), "lost_letter": (3,)},
    ),
    Case(
        32,
        "what stands in brackets behind a name is a note",
        lines("Name,Town", "DIALLO Amina (mère),A", "Ali Ba [dcd],B", "(inconnu),C", "test,D"),
        {"Name": NAME},
        {
            2: {"full_name": "DIALLO Amina", "attribute.name_note": "mère"},
            3: {"full_name": "Ali Ba", "attribute.name_note": "dcd"},
            4: {"full_name": "(inconnu)", "attribute.name_note": None},
        },
        {"name_note": (2, 3), "name_placeholder": (5,)},
    ),
    Case(
        33,
        "one name in two encodings is one name and digits of any script are digits",
        lines(
            "Name,Born,Size",
            "José Diallo,١٣/٠١/١٩٨٠,٤",
            "Jose\u0301 Diallo,١٣/٠١/١٩٨٠,٤",
            "አማና ባ,፲፫/፭/፲፱፻፹,፭",
            "अमीना,१३/०१/१९८०,५",
        ),
        {"Name": NAME, "Born": BORN, "Size": Column("household_size")},
        {
            2: {"full_name": "José Diallo", "birth_date": "1980-01-13", "household_size": 4},
            4: {"birth_date": "1980-05-13", "household_size": 5},
            5: {"birth_date": "1980-01-13", "household_size": 5},
        },
        {"duplicate_in_file": (3,)},
    ),
    Case(
        39,
        "formulas markup and very long cells are text",
        lines(
            "Name,Address,Note",
            "Awa Diallo,=HYPERLINK(1),'@x",
            "Ali Ba,+1+1,<script>alert(1)</script>",
            f"Issa Ka,-5,{'x' * 40_000}",
            "Omar Sy,@SUM(A1),ok",
        ),
        {"Name": NAME, "Address": Column("address")},
        {
            2: {"address": "=HYPERLINK(1)", "attribute.note": "@x"},
            3: {"address": "+1+1", "attribute.note": "<script>alert(1)</script>"},
            5: {"address": "@SUM(A1)"},
        },
        {"oversize_cell": (4,)},
    ),
    Case(
        39,
        "a column that is left out comes in nowhere",
        people(("secret", "other"), "Diary"),
        {"Name": NAME, "Diary": Column("address", left_out=True)},
        {2: {"address": None, "attribute.diary": None}},
    ),
)
CASES = (*DATES, *CODES, *NUMBERS, *TEXTS)
