"""Why an enrolment ended, in words."""

from core.domain.lifecycle import ExitReason
from core.errors import Words

AS_WRITTEN = "{text}"
_WORDS = {
    ExitReason.DECEASED: Words("Deceased"),
    ExitReason.MOVED: Words("Moved away"),
    ExitReason.INELIGIBLE: Words("Not eligible any more"),
    ExitReason.DUPLICATE: Words("Duplicate"),
    ExitReason.WITHDREW: Words("Withdrew"),
    ExitReason.NEXT_CYCLE: Words("Continues in the next cycle"),
}


def name_exit(reason: str) -> Words:
    """Return a reason of an exit in words; a programme's own reasons are words already."""
    known = reason in list(ExitReason)
    # What somebody wrote is said as it was written, also where it is a word of the catalogue.
    return _WORDS[ExitReason(reason)] if known else Words(AS_WRITTEN, text=reason)
