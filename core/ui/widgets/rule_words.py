"""The rules of an import in a few words, for filters and tables; the findings say it in full."""

from collections.abc import Callable

from core.text import _

_RULES: dict[str, Callable[[], str]] = {
    "unknown_code": lambda: _("value not known"),
    "invalid_date": lambda: _("no such date"),
    "ambiguous_date_order": lambda: _("day and month unclear"),
    "date_order_conflict": lambda: _("day and month swapped"),
    "invalid_number": lambda: _("no number"),
    "invalid_age": lambda: _("impossible age"),
    "birth_in_future": lambda: _("born in the future"),
    "birth_too_early": lambda: _("born too long ago"),
    "name_missing": lambda: _("no name"),
    "name_placeholder": lambda: _("a placeholder for a name"),
    "name_without_letters": lambda: _("name without letters"),
    "key_missing": lambda: _("no key"),
    "key_destroyed": lambda: _("key damaged"),
    "duplicate_in_file": lambda: _("repeats another row"),
    "identifier_repeated": lambda: _("identifier twice in the file"),
    "identifier_taken": lambda: _("identifier of another person"),
    "unknown_place": lambda: _("place not known"),
    "ambiguous_place": lambda: _("several places of that name"),
    "place_missing": lambda: _("no place"),
    "place_outside_grant": lambda: _("place outside your area"),
    "outside_grant": lambda: _("record outside your area"),
    "second_head": lambda: _("second head of household"),
    "other_programme": lambda: _("another programme"),
    "repeated_person": lambda: _("same person twice"),
    "missing_cell": lambda: _("cells missing"),
    "extra_cell": lambda: _("too many cells"),
    "error_cell": lambda: _("formula with an error"),
    "uncomputed_cell": lambda: _("formula not computed"),
    "too_long": lambda: _("text too long"),
}


def say_rule(rule: str) -> str:
    """Return a rule in words; the name of one that an installation has added as it stands."""
    return _RULES[rule]() if rule in _RULES else rule.replace("_", " ")
