"""Rules of accounts: names, passwords, how often one may guess, how long a session lives."""

import re
from collections.abc import Sequence
from datetime import datetime, timedelta

from core.errors import InvalidInput, RegistryError

WINDOW = timedelta(minutes=15)
FAILURES_PER_NAME, FAILURES_PER_ADDRESS = 5, 30
IDLE, ABSOLUTE = timedelta(minutes=30), timedelta(hours=12)
TOUCH_EVERY = timedelta(minutes=1)
SESSION_COOKIE, CSRF_COOKIE = "caseload_session", "caseload_csrf"
SHORTEST_PASSWORD, LONGEST_PASSWORD = 12, 200
_NAME = re.compile(r"[\w][\w.@+-]{1,59}")


class SignInRefused(RegistryError):
    """The name or the password is wrong: which of them is not said."""

    def __init__(self) -> None:
        super().__init__("The name or the password is not right. Check both and try again.")


class TooManyAttempts(RegistryError):
    """Too many failed sign-ins; `minutes` until the next try."""

    def __init__(self, minutes: int) -> None:
        self.minutes = minutes
        super().__init__(
            "Too many failed sign-ins. Try again in {minutes} minutes.", minutes=minutes
        )


def check_attempts(failures: Sequence[datetime], most: int, at: datetime) -> None:
    """Raise TooManyAttempts when `failures` within WINDOW, oldest first, are `most` or more."""
    if len(failures) >= most:
        left = failures[-most] + WINDOW - at
        raise TooManyAttempts(max(1, -(-int(left.total_seconds()) // 60)))


def check_name(name: str) -> None:
    """Raise InvalidInput unless `name` can be typed and told apart."""
    if not _NAME.fullmatch(name.strip()):
        raise InvalidInput(
            "A user name has 2 to 60 letters, digits or . _ @ + - and starts with a letter or "
            "digit. Choose another."
        )


def check_new_password(name: str, old: str, new: str) -> None:
    """Raise InvalidInput unless `new` is long enough and neither the old one nor the name."""
    if not SHORTEST_PASSWORD <= len(new) <= LONGEST_PASSWORD:
        raise InvalidInput(
            "A password has at least {least} characters. Several words are a good one.",
            least=SHORTEST_PASSWORD,
        )
    if new == old:
        raise InvalidInput("The new password is the old one. Choose another.")
    if name.casefold() in new.casefold() or len(set(new)) < 5:
        raise InvalidInput("That password is easy to guess. Choose one without your user name.")
