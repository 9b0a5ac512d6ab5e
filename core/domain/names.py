"""Names as they are compared: folded, cut into tokens, and reduced to a skeleton of consonants.

A skeleton says how a name sounds, whatever the script: Mohamed, Muhammad, محمد, መሐመድ, Мухаммад,
मोहम्मद and মোহাম্মদ are all "mhmd". It is built to find, not to decide: two people whose skeletons
are equal are candidates for a closer look, no more.
"""

import re
import unicodedata
from functools import lru_cache

_APOSTROPHES = dict.fromkeys(map(ord, "'’‘‛ʼʻʽʾʿ`´′＇"))
# Letters that carry a stroke, hook or ligature and have no decomposition in Unicode.
_LATIN = str.maketrans(
    {"ø": "o", "ł": "l", "đ": "d", "ħ": "h", "ı": "i", "ð": "d", "ɓ": "b", "ɖ": "d", "ɗ": "d"}
    | {"ƙ": "k", "ƴ": "y", "ŋ": "n", "ə": "e", "ɛ": "e", "ɔ": "o", "ɣ": "g", "ƒ": "f", "ʋ": "v"}
    | {"æ": "ae", "œ": "oe", "þ": "th"}
)
# The hamza carriers and the madda decompose to their letter and a mark that is dropped.
_ARABIC = str.maketrans(
    {"ٱ": "ا", "ى": "ي", "ی": "ي", "ة": "ه", "ۀ": "ه", "ہ": "ه", "ک": "ك", "ـ": None}
)
_STRIPPED_AFTER = ("LATIN", "GREEK", "CYRILLIC", "ARABIC")
_ASCII_TOKEN = re.compile(r"[a-z0-9]+")
_REMEMBERED = 100_000  # most name words of a large registry: about 20 MB


def fold(text: str) -> str:
    """Return `text` with case, accents, apostrophes and Arabic spelling variants removed.

    Marks that are letters in their script (Indic vowel signs, Thai tones) stay. Folding twice
    changes nothing.
    """
    if text.isascii():
        return text.lower().replace("'", "").replace("`", "")
    folded = _fold_once(text)
    again = _fold_once(folded)
    while again != folded:  # compatibility forms may uncover another one; each pass is shorter
        folded, again = again, _fold_once(again)
    return folded


def _fold_once(text: str) -> str:
    plain = unicodedata.normalize("NFKC", text.translate(_APOSTROPHES)).casefold()
    kept: list[str] = []
    strips = False
    for letter in unicodedata.normalize("NFD", plain):
        kind = unicodedata.category(letter)
        if kind == "Mn":
            if strips or _is_of(letter, "ARABIC"):
                continue
        elif kind == "Cf":  # joiners and direction marks
            continue
        else:
            strips = _is_of(letter, *_STRIPPED_AFTER)
        kept.append(letter)
    folded = "".join(kept).translate(_LATIN).translate(_ARABIC).translate(_APOSTROPHES)
    return unicodedata.normalize("NFC", folded)


def _is_of(letter: str, *scripts: str) -> bool:
    return unicodedata.name(letter, "").startswith(scripts)


def tokens(text: str) -> list[str]:
    """Return the words of a name, folded: runs of letters, marks and digits."""
    return [token for word in text.split() for token in _cut(word)]


@lru_cache(maxsize=_REMEMBERED)
def _cut(word: str) -> tuple[str, ...]:
    folded = fold(word)
    if folded.isascii():
        return tuple(_ASCII_TOKEN.findall(folded))
    spaced = (c if unicodedata.category(c)[0] in "LMN" else " " for c in folded)
    return tuple("".join(spaced).split())


def fold_name(text: str) -> str:
    """Return the tokens of a name joined by single spaces: equal names give equal texts."""
    return " ".join(tokens(text))


@lru_cache(maxsize=_REMEMBERED)
def skeleton(token: str) -> str:
    """Return the consonants of a folded token in one alphabet for all scripts.

    Vowels go, and with them w, u, v, y inside a word and h at its end; doubled consonants count
    once. A token without consonants, or in a script without a rule, is its own skeleton.
    """
    sounds = "".join(_sounds(token))
    # "-" stands for a vowel: "mm" is one sound, "m-m" (mamadou) is two.
    bones = re.sub(r"([a-z])\1+", r"\1", sounds).replace("-", "")
    return (bones.rstrip("h") or bones) or token


def _sounds(token: str) -> list[str]:
    """Spell a token in consonants and "-" for vowels, script by script."""
    script = unicodedata.name(token[0], "").split(" ")[0] if token else ""
    if script == "LATIN":
        return _latin(token)
    if script == "CYRILLIC":
        sounds = [_CYRILLIC_SOUNDS.get(c, "-") for c in token.replace("дж", "ж")]
        return ["v", *sounds[1:]] if token[0] == "в" else sounds
    if script == "ARABIC":
        return _arabic(token)
    if script == "ETHIOPIC":
        return _ethiopic(token)
    return _indic(token) if "\u0900" <= token[:1] <= "\u0d7f" else []


_INITIAL_GLIDE = re.compile(r"[vw]|ou(?=[aeiou])|u(?=[aeiou])")
_LATIN_RULES = (
    ("tch", "s"), ("tsh", "s"), ("sch", "s"), ("ph", "f"), ("ch", "s"), ("sh", "s"), ("ts", "s"),
    ("tz", "s"), ("ck", "k"), ("dj", "g"), ("dz", "g"), ("zh", "g"), ("x", "ks"),
)  # fmt: skip
_ASPIRATED = re.compile(r"([bcdgjkpqrt])h")
_LATIN_SOUNDS = str.maketrans({"c": "k", "q": "k", "j": "g"} | dict.fromkeys("aeiouyvw", "-"))


def _latin(token: str) -> list[str]:
    glide = _INITIAL_GLIDE.match(token)
    spelt = token[glide.end() :] if glide else token
    for written, sound in _LATIN_RULES:
        spelt = spelt.replace(written, sound)
    spelt = _ASPIRATED.sub(r"\1", spelt).translate(_LATIN_SOUNDS)
    letters = [c if c in "bdfghklmnprstz" else "-" for c in spelt]
    return ["v", *letters] if glide else letters


_CYRILLIC_SOUNDS = dict(
    zip("бгґѓджзклљмнњпрстћфхцчџшщђқғңһҳҷ", "bgggdggkllmnnprstsfhssgssgkgnhhg", strict=True)
) | {"з": "z", "ѕ": "z"}
_ARABIC_SOUNDS = dict(
    zip("بپتثجچحخدذرزژسشصضطظغفقكگلمنهھڤٹڈڑں", "bpttgshkddrzgsssdtzgfkkglmnhhvtdrn", strict=True)
)


def _arabic(token: str) -> list[str]:
    bare = token[2:] if token.startswith("ال") and len(token) > 4 else token
    # Short vowels are not written: two equal letters in a row have a vowel between them, except
    # in the name of God.
    sounds = [_ARABIC_SOUNDS.get(c, "") + "-" for c in bare.replace("لل", "ل")]
    if bare[:1] == "و" and len(bare) > 1:
        sounds[0] = "v-"
    return sounds


# One consonant for each row of eight syllables, U+1200 on; "-" is a vowel carrier or y.
_ETHIOPIC = "hlhmsrsskkkkbvtshhnn-kkhhv-zg-ddggggtspssfp"


def _ethiopic(token: str) -> list[str]:
    """Spell syllables: a block of eight code points shares its consonant."""
    rows = [(ord(c) - 0x1200) // 8 for c in token]
    sounds = [_ETHIOPIC[row] if 0 <= row < len(_ETHIOPIC) else "-" for row in rows]
    return [("-" if at and c == "v" else c) + "-" for at, c in enumerate(sounds)]


# The Indic blocks keep one order: offset 0x15 is ka in Devanagari, Bengali, Tamil and the others.
_INDIC = "kkggnssggnttddnttddnnpfbbm-rrlllvsssh"
_NUKTA = {"ज": "z", "ड": "r", "ढ": "r", "य": "-", "ড": "r", "ঢ": "r", "য": "-"}
_ANUSVARA, _VIRAMA, _NUKTA_AT, _BENGALI_YA, _BENGALI_T = 0x02, 0x4D, 0x3C, "\u09af", "\u09ce"


def _indic(token: str) -> list[str]:
    """Spell consonants; one without a virama carries a vowel of its own."""
    sounds: list[str] = []
    decomposed = unicodedata.normalize("NFD", token)
    for at, letter in enumerate(decomposed):
        offset = ord(letter) % 0x80
        if 0x15 <= offset <= 0x39:
            sounds += [_consonant(decomposed, at), "-"]
        elif offset == _VIRAMA and sounds:
            sounds.pop()
        elif offset == _ANUSVARA:
            labial = decomposed[at + 1 : at + 2] and 0x2A <= ord(decomposed[at + 1]) % 0x80 <= 0x2E
            sounds.append("m" if labial else "n")
        elif letter == _BENGALI_T:
            sounds.append("t")
    return sounds


def _consonant(text: str, at: int) -> str:
    letter = text[at]
    if at + 1 < len(text) and ord(text[at + 1]) % 0x80 == _NUKTA_AT and letter in _NUKTA:
        return _NUKTA[letter]
    if letter == _BENGALI_YA:
        return "g"
    sound = _INDIC[ord(letter) % 0x80 - 0x15]
    return "-" if sound == "v" and at else sound
