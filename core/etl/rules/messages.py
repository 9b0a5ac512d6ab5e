"""The sentence for each issue: which row and column, which value, and how to put it right."""

from collections.abc import Mapping
from functools import cache

from core.etl.rules.sentences import CALENDARS, COLUMNS, TABLES, VALUES
from core.etl.rules.suite import Suite, load_suite
from core.etl.values.letters import repair_mojibake
from core.etl.values.months import foreign_calendar

_EN: dict[str, str] = {
    "missing_cell": (
        "Row {row} has fewer cells than the header: {value}. Complete the row; values may have "
        "slipped to the left."
    ),
    "extra_cell": (
        "Row {row} has more cells than the header: {value}. Put text that contains the delimiter "
        "in quotation marks, or delete the surplus."
    ),
    "stray_quote": "Row {row} has a quotation mark inside a quoted cell. Double it or remove it.",
    "unclosed_quote": (
        "Row {row} opens a quotation mark that is not closed: {value}. Close it or remove it; text "
        "that runs over several lines stands between two quotation marks."
    ),
    "lost_letter": (
        "Row {row}, {column}: in “{value}” a letter was lost when the file was made. Type it anew, "
        "or export the file again as UTF-8."
    ),
    "invalid_json": (
        "Row {row} is no JSON record: {value}. Correct the line, or export the file again."
    ),
    "nul_in_cell": (
        "Row {row} contains an invisible NUL character. Export the file again, or delete the cell"
        " and type it anew."
    ),
    "oversize_cell": (
        "Row {row} has a cell{in_column} longer than a spreadsheet can hold: “{value}…”. Shorten "
        "it, or check for a missing quotation mark."
    ),
    "error_cell": (
        "Row {row}, {column}: the formula shows the error {value}. Repair it or type the value in"
        " its place."
    ),
    "uncomputed_cell": (
        "Row {row}, {column}: the formula has no stored result. Open the file in a spreadsheet "
        "program, save it and upload it again."
    ),
    "invalid_date": (
        "Row {row}, {column}: “{value}” is not a date that exists. Correct it; a year alone "
        "(1985) is accepted where only the year is known."
    ),
    "date_order_conflict": (
        "Row {row}, {column}: “{value}” has day and month the other way round than most of the "
        "column. Correct this date."
    ),
    "ambiguous_date_order": (
        "Row {row}, {column}: “{value}” may be day-month or month-day and nothing in the column "
        "decides it. Choose the date order of the column."
    ),
    "partial_date": (
        "Row {row}, {column}: “{value}” gives no day; the first day is used. Complete the date if"
        " it is known."
    ),
    "unknown_code": (
        "Row {row}, {column}: “{value}” is not a value the registry knows. Say what it means "
        "under “Values”, or correct it."
    ),
    "invalid_number": (
        "Row {row}, {column}: “{value}” cannot be read as a number without guessing. Write it "
        "with digits, without a thousands separator."
    ),
    "invalid_age": (
        "Row {row}, {column}: an age of {value} is not possible. Correct it to 0–120 years."
    ),
    "age_disagrees": (
        "Row {row}: the age and the birth date are more than two years apart. The birth date is "
        "used; check which is right."
    ),
    "identifier_destroyed": (
        "Row {row}, {column}: “{value}” has been rounded by a spreadsheet, its digits are lost. "
        "Export the column again as text; the row is imported without it."
    ),
    "float_tail": (
        "Row {row}, {column}: “{value}” was read as a number; the part after the point is left "
        "out. Export the column as text, leading zeros may be lost."
    ),
    "identifier_repeated": (
        "Row {row}, {column}: row {value} has the same identifier. Two people cannot share one: "
        "correct it, or leave the column unmapped."
    ),
    "key_missing": (
        "Row {row} has no value in {column}, the column that names each record. Fill it in, or "
        "choose another key column."
    ),
    "key_destroyed": (
        "Row {row}, {column}: the key “{value}” has been rounded by a spreadsheet. Export the "
        "column again as text, or choose another key column."
    ),
    "duplicate_in_file": (
        "Row {row} repeats row {value}. Delete one of the two, or correct what should differ."
    ),
    "several_phones": (
        "Row {row}, {column}: “{value}” holds two numbers; the first is used and the second kept "
        "as an attribute, “alternative phone”. Change the row if the second is the better one."
    ),
    "invalid_phone": (
        "Row {row}, {column}: “{value}” has no digits. Write the phone number or leave it blank."
    ),
}
_FR: dict[str, str] = {
    "missing_cell": (
        "La ligne {row} a moins de cellules que l'en-tête : {value}. Complétez-la ; des valeurs "
        "ont pu se décaler vers la gauche."
    ),
    "extra_cell": (
        "La ligne {row} a plus de cellules que l'en-tête : {value}. Mettez entre guillemets le "
        "texte qui contient le séparateur, ou supprimez le surplus."
    ),
    "stray_quote": (
        "La ligne {row} contient un guillemet dans une cellule entre guillemets. Doublez-le ou "
        "supprimez-le."
    ),
    "unclosed_quote": (
        "La ligne {row} ouvre un guillemet qui n'est pas fermé : {value}. Fermez-le ou "
        "supprimez-le ; un texte sur plusieurs lignes se met entre deux guillemets."
    ),
    "lost_letter": (
        "Ligne {row}, {column} : dans « {value} », une lettre a été perdue à la création du "
        "fichier. Ressaisissez-la ou exportez de nouveau le fichier en UTF-8."
    ),
    "invalid_json": (
        "La ligne {row} n'est pas un enregistrement JSON : {value}. Corrigez-la ou exportez de "
        "nouveau le fichier."
    ),
    "nul_in_cell": (
        "La ligne {row} contient un caractère NUL invisible. Exportez de nouveau le fichier, ou "
        "effacez la cellule et ressaisissez-la."
    ),
    "oversize_cell": (
        "La ligne {row} a une cellule{in_column} plus longue que ce qu'un tableur peut contenir :"
        " « {value}… ». Raccourcissez-la ou cherchez un guillemet manquant."
    ),
    "error_cell": (
        "Ligne {row}, {column} : la formule affiche l'erreur {value}. Réparez-la ou saisissez la "
        "valeur à sa place."
    ),
    "uncomputed_cell": (
        "Ligne {row}, {column} : la formule n'a pas de résultat enregistré. Ouvrez le fichier "
        "dans un tableur, enregistrez-le et chargez-le de nouveau."
    ),
    "invalid_date": (
        "Ligne {row}, {column} : « {value} » n'est pas une date qui existe. Corrigez-la ; l'année"
        " seule (1985) est acceptée si elle seule est connue."
    ),
    "date_order_conflict": (
        "Ligne {row}, {column} : « {value} » a le jour et le mois inversés par rapport au reste "
        "de la colonne. Corrigez cette date."
    ),
    "ambiguous_date_order": (
        "Ligne {row}, {column} : « {value} » peut se lire jour-mois ou mois-jour et rien dans la "
        "colonne n'en décide. Choisissez l'ordre des dates de la colonne."
    ),
    "partial_date": (
        "Ligne {row}, {column} : « {value} » ne donne pas le jour ; le premier jour est retenu. "
        "Complétez la date si elle est connue."
    ),
    "unknown_code": (
        "Ligne {row}, {column} : « {value} » n'est pas une valeur connue du registre. Indiquez sa"
        " signification sous « Valeurs » ou corrigez-la."
    ),
    "invalid_number": (
        "Ligne {row}, {column} : « {value} » ne peut être lu comme un nombre sans deviner. "
        "Écrivez-le en chiffres, sans séparateur de milliers."
    ),
    "invalid_age": (
        "Ligne {row}, {column} : un âge de {value} n'est pas possible. Corrigez-le entre 0 et 120"
        " ans."
    ),
    "age_disagrees": (
        "Ligne {row} : l'âge et la date de naissance diffèrent de plus de deux ans. La date de "
        "naissance est retenue ; vérifiez laquelle est juste."
    ),
    "identifier_destroyed": (
        "Ligne {row}, {column} : « {value} » a été arrondi par un tableur, ses chiffres sont "
        "perdus. Exportez la colonne en texte ; la ligne est importée sans lui."
    ),
    "float_tail": (
        "Ligne {row}, {column} : « {value} » a été lu comme un nombre ; la partie après le point "
        "est omise. Exportez la colonne en texte, des zéros initiaux ont pu se perdre."
    ),
    "identifier_repeated": (
        "Ligne {row}, {column} : la ligne {value} a le même identifiant. Deux personnes ne "
        "peuvent le partager : corrigez-le ou n'associez pas la colonne."
    ),
    "key_missing": (
        "La ligne {row} n'a pas de valeur dans {column}, la colonne qui nomme chaque "
        "enregistrement. Complétez-la ou choisissez une autre colonne clé."
    ),
    "key_destroyed": (
        "Ligne {row}, {column} : la clé « {value} » a été arrondie par un tableur. Exportez la "
        "colonne en texte ou choisissez une autre colonne clé."
    ),
    "duplicate_in_file": (
        "La ligne {row} répète la ligne {value}. Supprimez l'une des deux ou corrigez ce qui "
        "devrait différer."
    ),
    "several_phones": (
        "Ligne {row}, {column} : « {value} » contient deux numéros ; le premier est retenu, le "
        "second gardé comme attribut « alternative phone ». Modifiez la ligne s'il vaut mieux."
    ),
    "invalid_phone": (
        "Ligne {row}, {column} : « {value} » ne contient aucun chiffre. Saisissez le numéro de "
        "téléphone ou laissez vide."
    ),
}
_PAIRS = VALUES | COLUMNS | TABLES
RULES = frozenset(_EN) | frozenset(_PAIRS)
"""The rules that are not in a suite: form, types, keys and repeats."""
COLUMN_RULES = frozenset(COLUMNS)
"""Those about a whole column: their issues have the row 0."""


def message(
    rule: str, language: str, facts: Mapping[str, object], suite: Suite | None = None
) -> str:
    """The sentence for an issue; `facts` are its row, column and value as in the issue frame.

    A rule of `suite` (the shipped one if none is given) speaks with the suite's own words. Raises
    KeyError for a rule that nobody declares.
    """
    texts = _FR if language == "fr" else _EN
    template = texts.get(rule)
    if rule in _PAIRS:
        template = _PAIRS[rule][language == "fr"]
    if template is None:
        messages = (suite or _shipped()).messages[rule]
        template = messages["fr" if language == "fr" else "en"]
    column = str(facts.get("column", ""))
    within = {"en": f" in {column}", "fr": f" dans {column}"} if column else {}
    value = str(facts.get("value", ""))
    known = {
        "row": facts.get("row", ""),
        "column": column,
        "value": value,
        "repaired": repair_mojibake(value),
        "calendar": CALENDARS[foreign_calendar(value)][language == "fr"],
    }
    return template.format(**known, in_column=within.get(language, ""))


@cache
def _shipped() -> Suite:
    return load_suite()
