"""Every reason that the import gives is known to the screen, and is said in French."""

from core.etl.columns.headers import aliases
from core.etl.columns.mapping import suggest
from core.text import speaking
from core.ui.widgets.reason_words import say_reason

ROWS = [
    ["Awa", "F", "1", "12", "a@b.org", "M1", "x", "0612345678"],
    ["Ali", "M", "2", "13", "c@d.org", "M1", "y", "0698765432"],
] * 4
HEADERS = (
    ["Nom", "Sexe", "Sex", "Age", "Courriel", "N° ménage", "Remarques", "Téléphone"],
    ["Prénom", "Nom", "Gender", "Id", "Contact mail", "Household", "Parent", "Mobile"],
    ["Full name", "Colonne", "Date of birth", "S", "Adresse", "Sexe", "Group code", "Phone numbr"],
)


def test_every_reason_is_said_in_french() -> None:
    names = list(aliases().fields)
    found = [s.reason for headers in HEADERS for s in suggest(headers, ROWS)]
    found += [s.reason for name in names[:200] for s in suggest([name], [["Awa"], ["12"]])]
    found += [s.reason for name in names[:50] for s in suggest([name], [])]

    with speaking("fr"):
        english = sorted({reason for reason in found if say_reason(reason) == reason})

    assert len(set(found)) > 50
    assert english == []


def test_a_reason_is_put_together_from_its_parts() -> None:
    reason = "“Sexe” is a known name of the field; 96% of the values look like values of sex"

    with speaking("fr"):
        said = say_reason(reason)

    assert said == "« Sexe » est un nom connu du champ ; 96 % des valeurs sont des valeurs de Sexe"
