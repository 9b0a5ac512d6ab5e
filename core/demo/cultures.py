"""The peoples of the invented country: the words of their places and where their names come from.

A place is called by a first word and a second one, e.g. "Kisima cha" + "Simba".
"""

from dataclasses import dataclass
from enum import Enum, auto


class Naming(Enum):
    """What follows the given name."""

    FAMILY = auto()
    """The family's name."""
    FATHERS = auto()
    """The father's given name, then his father's."""
    BOTH_PARENTS = auto()
    """The first family name of the father, then that of the mother."""


@dataclass(frozen=True)
class Culture:
    """One people: Faker locales for its names (own lists where Faker has none)."""

    key: str
    naming: Naming
    locales: tuple[str, ...]
    first_words: str
    second_words: str
    join: str = " "


SWAHILI = Culture(
    "swahili",
    Naming.FAMILY,
    ("en_KE", "sw"),
    "Kisima cha|Mto wa|Bonde la|Msitu wa|Ziwa la|Mwamba wa|Shamba la|Kilima cha|Daraja la|Soko la"
    "|Bandari ya|Mlima wa",
    "Simba|Tembo|Nyota|Amani|Twiga|Tumaini|Chui|Mvua|Asali|Mbuyu",
)
FRENCH = Culture(
    "french",
    Naming.FAMILY,
    ("fr_FR",),
    "Pont|Mont|Val|Port|Bois|Puits|Lac|Moulin|Clos|Gué|Bourg|Champ",
    "des-Ormes|du-Soleil|la-Rivière|aux-Palmes|des-Sables|du-Levant|les-Eaux|aux-Cerfs|du-Héron"
    "|l'Étoile",
    "-",
)
ARABIC = Culture(
    "arabic",
    Naming.FAMILY,
    ("ar_AA",),
    "وادي|جبل|عين|تل|بئر|قصر|دار|مرج|واحة|باب|رأس|نهر",
    "النور|السلام|الزيتون|النخيل|الرمل|الياسمين|القمر|الورد|الصقر|العسل",
)
DEVANAGARI = Culture(
    "devanagari",
    Naming.FAMILY,
    ("hi_IN", "ne_NP"),
    "कमल|मोती|हरि|फूल|नील|चंदन|आम|सोन|गुल|बेल|केसर|हंस",
    "पुर|गंज|नगर|गढ़|ग्राम|बाग़|खेड़ा|घाट|वाड़ी|टोला",
    "",
)
AMHARIC = Culture(
    "amharic",
    Naming.FATHERS,
    ("amharic",),
    "ደብረ|ቤተ|ሀገረ|ደጀ|መካነ|ምሥራቀ|ገነተ|ዐምደ|ምንጨ|መንደረ|ጸሎተ|ኆኅተ",
    "ሰላም|ብርሃን|ፀሐይ|ወርቅ|ማር|ተስፋ|ፍቅር|ዘንባባ|ኮከብ|አበባ",
)
YORUBA = Culture(
    "yoruba",
    Naming.FAMILY,
    ("yo_NG", "ha_NG", "tw_GH"),
    "Òkè|Odò|Ilé|Igbó|Ọjà|Ìlú|Etí|Orí|Ẹ̀bá|Àgbàlá|Ojúde|Abúlé",
    "Ayọ̀|Àlàáfíà|Ọsàn|Erin|Oyin|Ìràwọ̀|Ọ̀pẹ|Iyùn|Ẹyẹ|Oòrùn",
)
BENGALI = Culture(
    "bengali",
    Naming.FAMILY,
    ("bn_BD",),
    "সোনা|ফুল|নীল|শাপলা|মেঘ|চাঁদ|ধান|কাশ|পদ্ম|তাল|মধু|হাঁস",
    "পুর|গঞ্জ|তলা|ডাঙা|গাঁও|হাট|বাড়ি|নগর|খালি|ঘাট",
    "",
)
SPANISH = Culture(
    "spanish",
    Naming.BOTH_PARENTS,
    ("es_CO",),
    "Villa|Puerto|Monte|Río|Valle|Fuente|Cerro|Puente|Loma|Playa|Llano|Molino",
    "de las Flores|del Sol|de la Luna|del Cóndor|de los Robles|de la Sal|del Maíz|de las Palmas"
    "|del Alba|de la Brisa",
)
CULTURES = (SWAHILI, FRENCH, ARABIC, DEVANAGARI, AMHARIC, YORUBA, BENGALI, SPANISH)
"""One for each region, in the order of the regions' codes."""

AMHARIC_WOMEN = (
    "አበባ|አለም|አልማዝ|አስቴር|አዜብ|ብርሃኔ|ብርቱካን|እመቤት|እሌኒ|ፍቅርተ|ገነት|ሀና|ሒሩት|ለምለም|ማርታ|መሰረት"
    "|ምሕረት|ሙሉ|ናርዶስ|ራሔል|ሮማን|ሳባ|ሰላም|ሠናይት|ሶፍያ|ጸሐይ|ጽጌ|ትዕግሥት|ወርቅነሽ|የሺ|ዘነበች|ዘውዲቱ"
)
AMHARIC_MEN = (
    "አበበ|አበራ|አለማየሁ|አሰፋ|በቀለ|ብርሃኑ|ዳዊት|ደረጀ|ዳንኤል|ኤፍሬም|እዮብ|ፋሲል|ፍቅሩ|ገብረ|ጌታቸው|ግርማ"
    "|ኃይሉ|ካሣ|ከበደ|ለማ|መኮንን|መንግሥቱ|ሙሉጌታ|ሰሎሞን|ሽፈራው|ታደሰ|ተስፋዬ|ተፈራ|ወልዴ|ዮሐንስ|ዮናስ|ዘለቀ"
)
