"""What follows from a birth date, and from the day on which something began."""

from calendar import monthrange
from datetime import date


def age_on(day: date, born: date) -> int:
    """Return the completed years of age on `day`; somebody born on 29 February turns on 1 March."""
    return day.year - born.year - ((day.month, day.day) < (born.month, born.day))


def months_on(day: date, begun: date) -> int:
    """Return the completed months on `day` since `begun`, 0 for a day ahead. What began on the 31st
    is a month old on the last day of a shorter month."""
    months = (day.year - begun.year) * 12 + day.month - begun.month
    return max(0, months - (begun.day > last_begun(day)))


def last_begun(day: date) -> int:
    """Return the last day of the month on which what began has completed its month on `day`."""
    return 31 if day.day == monthrange(day.year, day.month)[1] else day.day


def latest_birth(day: date, age: int) -> date:
    """Return the latest birth date of somebody who is at least `age` on `day`."""
    try:
        return day.replace(year=day.year - age)
    except ValueError:  # 29 February in a year that has none
        return date(day.year - age, 2, 28)
