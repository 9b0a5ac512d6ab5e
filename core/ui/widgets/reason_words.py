"""Why a column is taken for a field, in the reader's language.

The import keeps its reasons in English, whoever uploads; they are put into words here, by the
sentences they are made of. One that is not known stays as it is.
"""

import re
from functools import cache

from core.domain.fields import FIELDS
from core.text import _

SENTENCES = (
    "{reason}; no values",
    "{reason}; {share} of the values look like {kind}",
    "{reason}, but its values are numbers: say what each one means",
    "{reason}, but its values do not look like {kind}",
    "“{header}” is a known name of the field",
    "“{header}” contains a known name of the field",
    "“{header}” is close to a known name",
    "“{header}” was this before",
    "“{header}” is the submission's number on its form server",
    "“{header}” stands beside a given name",
    "“{header}” stands beside a family name",
    "“{header}” could be the {kind} just as well",
    "the header says nothing, all values are {kind}",
    "kept as an attribute: “{header}” fits {kind} as well or better",
    "kept as an attribute: the header is too common to tell",
    "kept as an attribute: the header is not known",
    "kept as an attribute: header and content do not settle it",
    "kept as an attribute: its values repeat, so it names nobody",
    "kept as an attribute: its only value is 0",
    "kept as an attribute: it joins the sheets of this one export",
    "kept as an attribute, as in an earlier file",
    "kept as an attribute ({kind})",
)
KINDS = (
    "names",
    "dates",
    "numbers",
    "phone numbers",
    "e-mail addresses",
    "words for female and male",
    "values of {field}",
)


def say_reason(reason: str) -> str:
    """Return a reason of the import in the reader's language."""
    for sentence in SENTENCES:
        found = _pattern(sentence).fullmatch(reason)
        if found:
            parts = {name: _SAY.get(name, str)(part) for name, part in found.groupdict().items()}
            return _(sentence, **parts)
    return reason


def _say_kind(kind: str) -> str:
    found = _pattern(KINDS[-1]).fullmatch(kind)
    if found:
        return _(KINDS[-1], field=_say_field(found["field"]))
    return _(kind) if kind in KINDS else _say_field(kind)


def _say_field(name: str) -> str:
    field = FIELDS.get(name.replace(" ", "_"))
    return _(field.label) if field else name


def _say_share(share: str) -> str:
    return _("{percent}%", percent=share.removesuffix("%"))


_SAY = {"reason": say_reason, "kind": _say_kind, "share": _say_share}


@cache
def _pattern(sentence: str) -> re.Pattern[str]:
    return re.compile(re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>.+)", re.escape(sentence)))
