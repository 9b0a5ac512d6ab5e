"""What each column holds: suggested from its header, the headers beside it and its content."""

import re
from collections import Counter
from collections.abc import Mapping as Pairs
from collections.abc import Sequence
from dataclasses import replace

from rapidfuzz import fuzz, process

from core.domain.fields import WASHINGTON_GROUP
from core.domain.identifiers import STANDARD
from core.errors import UnsafeMapping
from core.etl.choices import Column, Mapping, Suggestion
from core.etl.columns._contents import NUMERIC, Seen, look_at, test_of
from core.etl.columns.headers import aliases, numbered, slug, words
from core.etl.rows import CODES

CLOSE = 0.05
"""Two columns whose confidence differs by less are too alike to choose between."""

FIELDS_OF_ALIASES = {
    "person_id": "identifier.",
    "national_id": "identifier.national_id",
    "household_id": "household",
    "disability_status": "disability",
    "registration_date": "registered_on",
    "start_date": "enrolled_on",
    "account_number": "account",
    "admin1": "location.1",
    "admin2": "location.2",
    "admin3": "location.3",
    "admin4": "location.4",
    "village": "location",
    **{
        name: name
        for name in (
            *("full_name", "given_name", "middle_name", "family_name", "sex", "birth_date", "age"),
            *("phone", "email", "address", "marital_status", "relationship_to_head", "is_head"),
            *("household_size", "poverty_score", "status", "programme", *WASHINGTON_GROUP),
        )
    },
}
"""Our field for each name of the alias table; what is not listed stays an attribute."""

_TOO_COMMON = frozenset(
    {"parent", "parent index", "index", "si", "s", "poverty", "ori hid", "id", "group code"}
)
"""Headers that mean this in one known file and other things in most."""
_FILLERS = frozenset(
    {
        *("beneficiary", "beneficiaries", "beneficiaire", "beneficiaires", "beneficiario"),
        *("individual", "individu", "client", "person", "personne", "persona", "member", "membre"),
        *("participant", "applicant", "recipient", "respondent", "registrant", "the", "of", "for"),
        *("de", "du", "des", "d", "la", "le", "l", "del", "da", "do", "en", "fr", "es"),
    }
)
_GENERIC = frozenset(
    {
        *("name", "names", "nom", "noms", "nombre", "nome", "nama", "jina", "majina", "ad", "adi"),
        *("имя", "اسم", "الاسم", "ስም", "maqaa", "magac", "magaca", "नाम", "নাম", "ชื่อ"),
    }
)
"""Headers for a name that mean the whole or a part, depending on the headers beside them."""
_SECONDARY = frozenset({"whatsapp", "household", "alternative", "current", "second", "2", "number"})
_SINGLE_ANSWER = frozenset(
    {"full_name", "given_name", "family_name", "sex", "birth_date", "age", "household", "status"}
)
"""Fields for which choosing the wrong one of two columns would make a wrong person."""


def suggest(
    headers: Sequence[str],
    sample_rows: Sequence[Sequence[str]],
    learned: Pairs[str, str | None] | None = None,
) -> list[Suggestion]:
    """Suggest a field for each column, at most one column per field, with the reason in words.

    `learned` is what people chose for folded headers in earlier files; it counts more than names.
    """
    seen = look_at(headers, sample_rows)
    guesses = _form_numbers([_by_history(column, learned or {}) for column in seen])
    found = [_judge(column, guess) for column, guess in zip(seen, guesses, strict=True)]
    found = _name_parts(found)
    return _one_to_one(_by_content(found, seen))


def _by_history(column: Seen, learned: Pairs[str, str | None]) -> Suggestion:
    folded = words(column.header)
    if folded not in learned:
        return _by_header(column)
    field = learned[folded]
    if field is None:
        return _kept(column.header, "kept as an attribute, as in an earlier file")
    return Suggestion(column.header, field, 0.97, f"“{column.header}” was this before", safe=True)


def _form_numbers(found: list[Suggestion]) -> list[Suggestion]:
    """In an export of a form server `_id` is the submission's number; `_index` joins its sheets.

    The number of a submission never changes; an index is counted anew in every export, so that
    it must not be what a household is known by.
    """
    headers = {suggestion.header.rsplit("/", 1)[-1] for suggestion in found}
    if not {"_uuid", "_index"} & headers:
        return found
    return [_form_number(suggestion) for suggestion in found]


def _form_number(suggestion: Suggestion) -> Suggestion:
    name = suggestion.header.rsplit("/", 1)[-1]
    if name in ("_id", "_submission__id"):
        reason = f"“{suggestion.header}” is the submission's number on its form server"
        return Suggestion(suggestion.header, "identifier.submission_id", 0.8, reason, safe=True)
    if name in ("_index", "_parent_index"):
        reason = "kept as an attribute: it joins the sheets of this one export"
        return _kept(suggestion.header, reason)
    return suggestion


def default_mapping(suggestions: Sequence[Suggestion]) -> Mapping:
    """The mapping that follows the suggestions; raises UnsafeMapping naming what needs a person."""
    unsafe = [suggestion.header for suggestion in suggestions if not suggestion.safe]
    if unsafe:
        raise UnsafeMapping(unsafe)
    return Mapping({suggestion.header: Column(suggestion.field) for suggestion in suggestions})


def _kept(header: str, reason: str, *, safe: bool = True) -> Suggestion:
    return Suggestion(header, None, 0.0, reason, safe)


def _by_header(column: Seen) -> Suggestion:
    header, folded = column.header, words(re.sub(r" \(\d+\)$", "", column.header))
    if folded in _TOO_COMMON:
        return _kept(header, "kept as an attribute: the header is too common to tell")
    known = aliases().of(header)
    if known:
        return _named(header, known, 0.95, f"“{header}” is a known name of the field")
    core = " ".join(word for word in folded.split() if word not in _FILLERS)
    known = aliases().of(core) if core and core not in _TOO_COMMON else ()
    if known:
        return _named(header, known, 0.85, f"“{header}” contains a known name of the field")
    compact = folded.replace(" ", "")
    if len(compact) >= 8:
        match = process.extractOne(
            compact, aliases().fields.keys(), scorer=fuzz.ratio, score_cutoff=90
        )
        if match:
            return _named(
                header, aliases().fields[match[0]], 0.7, f"“{header}” is close to a known name"
            )
    return _kept(header, "kept as an attribute: the header is not known")


def _named(header: str, known: tuple[str, ...], confidence: float, reason: str) -> Suggestion:
    targets = [FIELDS_OF_ALIASES[name] for name in known if name in FIELDS_OF_ALIASES]
    if not targets:
        return _kept(header, f"kept as an attribute ({known[0].replace('_', ' ')})")
    target = targets[0]
    if "national_id" in known and target == "identifier.":
        target = "identifier.national_id"
    if target == "identifier.national_id" and slug(header) in STANDARD:
        target = f"identifier.{slug(header)}"
    if target == "identifier.":
        target += slug(numbered(header))
    folded = set(words(header).split())
    if target == "phone" and folded & _SECONDARY - {"number"}:
        confidence -= 0.15
    if target == "address" and folded & {"number", "addition"}:
        confidence -= 0.1
    if target.startswith("location") and folded & {"pcode", "code"}:
        confidence += 0.03
    if folded & {"uuid", "guid"}:
        confidence -= 0.1
    if target.startswith("location") and folded & {"ar", "fr", "alt"}:
        confidence -= 0.1
    return Suggestion(header, target, confidence, reason, safe=True)


def _judge(column: Seen, guess: Suggestion) -> Suggestion:
    """Hold the guess against the content: confirm it, doubt it, or drop it."""
    if guess.field is None:
        return guess
    if not column.values:
        # Nothing confirms it. Later rows may: the field stays, and asks nobody.
        reason = guess.reason + "; no values"
        return replace(guess, confidence=guess.confidence - 0.5, reason=reason)
    if guess.field.startswith("identifier."):
        return _judge_identifier(column, guess)
    return _judge_values(column, guess, guess.field)


def _judge_values(column: Seen, guess: Suggestion, field: str) -> Suggestion:
    test, kind = test_of(field, column)
    share = column.share(test) if test else 1.0
    if test is None and not any(value.strip("0") for value in column.values):
        return _kept(guess.header, "kept as an attribute: its only value is 0")
    if guess.confidence < 0.8 and (test is None or share < 0.8):
        return _kept(guess.header, "kept as an attribute: header and content do not settle it")
    if share < 0.5:
        return _doubted(column, guess, kind)
    found = f"; {share:.0%} of the values look like {kind}" if test else ""
    return replace(guess, reason=guess.reason + found)


def _doubted(column: Seen, guess: Suggestion, kind: str) -> Suggestion:
    if guess.field in CODES and column.share(NUMERIC.fullmatch) > 0.5:
        reason = f"{guess.reason}, but its values are numbers: say what each one means"
        return replace(guess, confidence=0.5, reason=reason, safe=False)
    reason = f"{guess.reason}, but its values do not look like {kind}"
    return replace(guess, confidence=0.4, reason=reason, safe=False)


def _judge_identifier(column: Seen, guess: Suggestion) -> Suggestion:
    distinct = len(set(column.values))
    if len(column.values) >= 5 and distinct < 0.5 * len(column.values):
        return _kept(guess.header, "kept as an attribute: its values repeat, so it names nobody")
    return guess


def _name_parts(found: list[Suggestion]) -> list[Suggestion]:
    """`Nom` alone is the full name, beside `Prénom` the family name, beside `Surname` the given."""
    fields = {suggestion.field for suggestion in found}
    given, family = "given_name" in fields, "family_name" in fields
    explicit = any(s.field == "full_name" and words(s.header) not in _GENERIC for s in found)
    if explicit or given == family:
        return found
    part, beside = ("family_name", "given") if given else ("given_name", "family")
    return [
        replace(s, field=part, reason=f"“{s.header}” stands beside a {beside} name")
        if s.field == "full_name"
        else s
        for s in found
    ]


def _by_content(found: list[Suggestion], seen: list[Seen]) -> list[Suggestion]:
    """Columns with an unknown header that can only be the sex or the e-mail nobody else claims."""
    taken = {suggestion.field for suggestion in found}
    result = list(found)
    for field, kind in (("sex", "words for female and male"), ("email", "e-mail addresses")):
        if field in taken:
            continue
        fits = [
            position
            for position, column in enumerate(seen)
            if found[position].field is None and column.values and _is_sure(field, column)
        ]
        if len(fits) == 1:
            header = found[fits[0]].header
            reason = f"the header says nothing, all values are {kind}"
            result[fits[0]] = Suggestion(header, field, 0.6, reason, safe=False)
    return result


def _is_sure(field: str, column: Seen) -> bool:
    test, _ = test_of(field, column)
    long = all(len(value) > 1 for value in column.values)
    return test is not None and long and column.share(test) == 1.0


def _one_to_one(found: list[Suggestion]) -> list[Suggestion]:
    """Let the surest column have a field; where two are as sure, a person must say."""
    result = list(found)
    for field, count in Counter(s.field for s in found).items():
        if field is None or count == 1:
            continue
        rivals = sorted((s for s in found if s.field == field), key=lambda s: -s.confidence)
        best, close = rivals[0], rivals[0].confidence - rivals[1].confidence < CLOSE
        doubt = close and field in _SINGLE_ANSWER
        for position, suggestion in enumerate(found):
            if suggestion.field != field:
                continue
            if suggestion is not best:
                reason = f"kept as an attribute: “{best.header}” fits {field} as well or better"
                result[position] = _kept(suggestion.header, reason, safe=not doubt)
            elif doubt:
                reason = f"“{rivals[1].header}” could be the {field.replace('_', ' ')} just as well"
                result[position] = replace(suggestion, confidence=0.5, reason=reason, safe=False)
    return result
