"""What a misspelt value was probably meant to be: a place of the area tree, a code of a field."""

from collections.abc import Sequence
from dataclasses import dataclass

from rapidfuzz import fuzz, process

from core.domain.fields import FIELDS
from core.domain.names import fold_name
from core.storage.importing.places import Place

_PLACE_ALIKE, _CODE_ALIKE = 70.0, 75.0


@dataclass(frozen=True)
class Near:
    """A place that a text may mean, with the names of the areas above it, the nearest first."""

    code: str
    name: str
    above: tuple[str, ...]


def nearest_places(
    text: str, places: Sequence[Place], scopes: Sequence[str], limit: int = 3
) -> list[Near]:
    """Return the places below `scopes` whose names are most like a text, the likeliest first."""
    known = {place.id: place for place in places}
    open_to = [one for one in places if one.path.startswith(tuple(scopes))]
    names = [fold_name(one.name) for one in open_to]
    found = process.extract(
        fold_name(text), names, scorer=fuzz.ratio, limit=limit, score_cutoff=_PLACE_ALIKE
    )
    return [_near(open_to[position], known) for _name, _score, position in found]


def _near(place: Place, known: dict[int, Place]) -> Near:
    ids = [int(part) for part in place.path.split("/") if part]
    above = [known[id_].name for id_ in reversed(ids) if id_ in known and id_ != place.id]
    return Near(place.code, place.name, tuple(above))


def nearest_code(text: str, field: str) -> str | None:
    """Return the code of a field that a text is most like, None where none is alike."""
    about = FIELDS.get(field)
    codes = [code.value for code in about.codes or ()] if about else []
    words = [code.replace("_", " ").lower() for code in codes]
    found = process.extractOne(fold_name(text), words, scorer=fuzz.ratio, score_cutoff=_CODE_ALIKE)
    return codes[found[2]] if found else None
