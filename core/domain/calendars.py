"""The Ethiopian calendar against ours, exact to the day in both directions.

Twelve months of 30 days and Pagume, the thirteenth, of five days, or six in the year before a
Julian leap year. Years count from the Amete Mihret era: 2000 began on 12 September 2007.
"""

from datetime import date

_FIRST_DAY = 2796
"""The proleptic Gregorian ordinal of 1 Meskerem of the year 1: 27 August of the year 8."""
MONTHS = 13


def days_in_month(year: int, month: int) -> int:
    """Return how many days an Ethiopian month has; 0 for a month that does not exist."""
    if month == MONTHS:
        return 6 if year % 4 == 3 else 5
    return 30 if 1 <= month < MONTHS else 0


def from_ethiopian(year: int, month: int, day: int) -> date:
    """Return our date of an Ethiopian one; ValueError for a day that does not exist."""
    if year < 1 or not 1 <= day <= days_in_month(year, month):
        raise ValueError(f"{day}/{month}/{year} is not a day of the Ethiopian calendar")
    passed = 365 * (year - 1) + year // 4 + 30 * (month - 1) + day - 1
    if passed > date.max.toordinal() - _FIRST_DAY:
        raise ValueError(f"the year {year} is too late")
    return date.fromordinal(_FIRST_DAY + passed)


def to_ethiopian(day: date) -> tuple[int, int, int]:
    """Return year, month and day of the Ethiopian calendar; ValueError before its year 1."""
    passed = day.toordinal() - _FIRST_DAY
    if passed < 0:
        raise ValueError(f"{day} lies before the Ethiopian calendar begins")
    # A cycle of four years has 1461 days; its third year is the long one.
    cycles, rest = divmod(passed, 1461)
    year = min(rest // 365, 3) if rest != 1095 else 2
    rest -= 365 * year + (1 if year == 3 else 0)
    return 4 * cycles + year + 1, rest // 30 + 1, rest % 30 + 1
