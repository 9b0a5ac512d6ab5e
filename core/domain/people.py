"""What follows from a birth date."""

from datetime import date


def age_on(day: date, born: date) -> int:
    """Return the completed years of age on `day`; somebody born on 29 February turns on 1 March."""
    return day.year - born.year - ((day.month, day.day) < (born.month, born.day))


def latest_birth(day: date, age: int) -> date:
    """Return the latest birth date of somebody who is at least `age` on `day`."""
    try:
        return day.replace(year=day.year - age)
    except ValueError:  # 29 February in a year that has none
        return date(day.year - age, 2, 28)
