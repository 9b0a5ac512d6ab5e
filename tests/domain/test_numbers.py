"""Registration numbers: every slip of the pen is noticed."""

from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text

from core.domain.numbers import number_sql, read_number, write_number
from core.storage.database import reading
from tests.conftest import Registry

running = st.integers(1, 999_999_999)


@given(running)
def test_a_number_reads_back(number: int) -> None:
    assert read_number(write_number("P", number)) == number
    assert read_number(f" {write_number('P', number).lower()} ") == number


@given(running, st.integers(2, 10), st.integers(1, 9))
def test_one_wrong_digit_is_noticed(number: int, place: int, step: int) -> None:
    written = write_number("P", number)
    wrong = str((int(written[place]) + step) % 10)

    assert read_number(written[:place] + wrong + written[place + 1 :]) is None


@given(running, st.integers(2, 9))
def test_two_digits_that_changed_places_are_noticed(number: int, place: int) -> None:
    written = write_number("P", number)
    swapped = written[:place] + written[place + 1] + written[place] + written[place + 2 :]

    assert swapped == written or read_number(swapped) is None


def test_the_sql_form_writes_the_same_number(registry: Registry) -> None:
    sqlite = registry.engine == "sqlite"
    with reading() as db:
        for number in (1, 97, 123, 999_999_999):
            sql = number_sql("P", f"CAST({number} AS BIGINT)", sqlite=sqlite)
            assert db.execute(text(f"SELECT {sql}")).scalar_one() == write_number("P", number)
