"""What a check found, grouped by cause, in sentences that name the remedy."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import pandas as pd

from core.etl.rows import Severity
from core.etl.rules.messages import message
from core.storage.importing.import_statuses import NOT_MOVED

MOST_KEPT = 10_000
"""Of one harmless cause, so many rows are kept; all are counted. Critical ones are all kept."""


@dataclass(frozen=True)
class Finding:
    """One cause: a rule broken in one column; `rows` and `values` are the first ones."""

    rule: str
    severity: str
    column: str
    count: int
    rows: tuple[int, ...]
    values: tuple[str, ...]
    message: str


Cause = tuple[str, str, str]
"""Rule, severity, header."""


@dataclass
class Tally:
    """Counts the issues of a whole file by cause, and says which of them to keep one by one."""

    counts: Counter[Cause] = field(default_factory=Counter)

    def add(self, issues: pd.DataFrame) -> pd.DataFrame:
        """Count a batch of issues; return those to keep."""
        causes = issues.groupby(["rule", "severity", "column"], sort=False)
        kept = []
        for names, group in causes:
            cause = (str(names[0]), str(names[1]), str(names[2]))
            room = MOST_KEPT - self.counts[cause]
            critical = cause[1] == Severity.CRITICAL.value
            kept.append(group if critical else group.head(max(room, 0)))
            self.counts[cause] += len(group)
        return pd.concat(kept).sort_values("row", kind="stable") if kept else issues

    def count(self, rule: str, severity: Severity, header: str = "", times: int = 1) -> None:
        """Count issues that came up elsewhere."""
        self.counts[(rule, severity.value, header)] += times

    def to_json(self) -> list[list[Any]]:
        """Return [rule, severity, header, count] per cause."""
        return [[*cause, count] for cause, count in self.ranked()]

    def ranked(self) -> list[tuple[Cause, int]]:
        """Return the causes with their counts, the gravest and most frequent first."""
        order = [severity.value for severity in Severity]
        return sorted(
            self.counts.items(), key=lambda item: (order.index(item[0][1]), -item[1], item[0])
        )

    @classmethod
    def from_json(cls, document: Iterable[Sequence[Any]]) -> "Tally":
        return cls(Counter({(str(r), str(s), str(h)): int(n) for r, s, h, n in document}))


MESSAGES: dict[str, dict[str, str]] = {
    "unknown_place": {
        "en": "Row {row}: the place “{value}” is not in the registry. Correct its spelling or its "
        "code, or ask an administrator to add it.",
        "fr": "Ligne {row} : le lieu « {value} » n'est pas dans le registre. Corrigez son nom ou "
        "son code, ou demandez à un administrateur de l'ajouter.",
    },
    "ambiguous_place": {
        "en": "Row {row}: more than one place is called “{value}”. Use its code, or map a column "
        "with the area above it.",
        "fr": "Ligne {row} : plusieurs lieux s'appellent « {value} ». Utilisez son code, ou "
        "choisissez une colonne avec la zone supérieure.",
    },
    "place_outside_grant": {
        "en": "Row {row}: “{value}” lies outside the area you may import into. Leave the row to a "
        "colleague of that area.",
        "fr": "Ligne {row} : « {value} » est hors de la zone où vous pouvez importer. Laissez la "
        "ligne à un collègue de cette zone.",
    },
    "place_missing": {
        "en": "Row {row} names no place. Fill in a place inside your area: only a grant for the "
        "whole country may import rows without one.",
        "fr": "La ligne {row} n'indique aucun lieu. Saisissez un lieu de votre zone : seul un "
        "droit sur tout le pays permet d'importer des lignes sans lieu.",
    },
    "places_unknown": {
        "en": "No place in “{column}” is known to the registry: the rows are published without a "
        "place and keep the text. Load the areas first to place them.",
        "fr": "Aucun lieu de « {column} » n'est connu du registre : les lignes sont publiées sans "
        "lieu et gardent le texte. Chargez d'abord les zones pour les situer.",
    },
    "second_head": {
        "en": "Row {row} names a second head of household {value}. Keep one head per household.",
        "fr": "La ligne {row} désigne un second chef du ménage {value}. Gardez un seul chef par "
        "ménage.",
    },
    "other_programme": {
        "en": "Row {row} belongs to programme “{value}”, not to the one you import into. Import it "
        "there.",
        "fr": "La ligne {row} appartient au programme « {value} », pas à celui où vous importez. "
        "Importez-la dans ce programme.",
    },
    "too_long": {
        "en": "Row {row}: the text in “{column}” is longer than the registry takes. Shorten it.",
        "fr": "Ligne {row} : le texte de « {column} » est trop long pour le registre. "
        "Raccourcissez-le.",
    },
    "outside_grant": {
        "en": "Row {row} matches a record outside your area. Leave it to somebody who may see "
        "both.",
        "fr": "La ligne {row} correspond à une fiche hors de votre zone. Laissez-la à quelqu'un "
        "qui peut voir les deux.",
    },
    "identifier_taken": {
        "en": "Row {row}: the {value} belongs to a person with another name or birth date. Correct "
        "the number, the name or the date; if the numbers are only this file's own, keep the "
        "column as an attribute.",
        "fr": "Ligne {row} : le numéro ({value}) appartient à une personne d'un autre nom ou d'une "
        "autre date de naissance. Corrigez le numéro, le nom ou la date ; si les numéros ne valent "
        "que dans ce fichier, gardez la colonne comme attribut.",
    },
    "repeated_person": {
        "en": "Row {row} is about a person whom an earlier row of the file changes already. Keep "
        "one of the two rows.",
        "fr": "La ligne {row} concerne une personne déjà modifiée par une ligne précédente. Gardez "
        "une seule des deux lignes.",
    },
    "status_differs": {
        "en": "Row {row} says {value}, but the person has another status here, which stays. If the "
        "file is right, change it on the status pages, or let the file's statuses count.",
        "fr": "La ligne {row} indique {value}, mais la personne a un autre statut ici, qui reste. "
        "Si le fichier a raison, changez-le sur les pages de statut, ou faites valoir les statuts "
        "du fichier.",
    },
    "status_not_moved_ended": {
        "en": "Row {row} says {value}, but the enrolment has ended. It stays ended.",
        "fr": "La ligne {row} indique {value}, mais l'inscription a pris fin. Elle reste close.",
    },
    "status_not_moved_not_allowed": {
        "en": "Row {row} says {value}, but the programme has no move from the person's status to "
        "that one. The status stays.",
        "fr": "La ligne {row} indique {value}, mais le programme n'a pas de passage du statut de "
        "la personne à celui-là. Le statut reste.",
    },
    "status_not_moved_later": {
        "en": "Row {row} says {value}, but the person's status begins later than today. It stays.",
        "fr": "La ligne {row} indique {value}, mais le statut de la personne commence après "
        "aujourd'hui. Il reste.",
    },
    "status_not_moved_condition": {
        "en": "Row {row} says {value}, but the person does not meet the programme's condition for "
        "that move. The status stays.",
        "fr": "La ligne {row} indique {value}, mais la personne ne remplit pas la condition du "
        "programme pour ce passage. Le statut reste.",
    },
    "status_not_moved_capacity": {
        "en": "Row {row} says {value}, but the programme has fewer free places than the file asks "
        "for. The status stays.",
        "fr": "La ligne {row} indique {value}, mais le programme a moins de places libres que le "
        "fichier n'en demande. Le statut reste.",
    },
    "status_not_moved_approval": {
        "en": "Row {row} says {value}, but the programme asks a second person for every move. The "
        "status stays: move it on the status pages.",
        "fr": "La ligne {row} indique {value}, mais le programme demande une seconde personne pour "
        "chaque passage. Le statut reste : changez-le sur les pages de statut.",
    },
    "sex_differs": {
        "en": "Row {row} says {value}, but the registry has another sex for this person. Look at "
        "both: keep the registry's value for this column, or leave the row out if it is about "
        "somebody else.",
        "fr": "La ligne {row} indique {value}, mais le registre a un autre sexe pour cette "
        "personne. Comparez les deux : gardez la valeur du registre pour cette colonne, ou "
        "écartez la ligne si elle concerne quelqu'un d'autre.",
    },
    "birth_date_differs": {
        "en": "Row {row} says {value}, more than a year from the birth date in the registry. Look "
        "at both: keep the registry's value for this column, or leave the row out if it is about "
        "somebody else.",
        "fr": "La ligne {row} indique {value}, à plus d'un an de la date de naissance du registre. "
        "Comparez les deux : gardez la valeur du registre pour cette colonne, ou écartez la ligne "
        "si elle concerne quelqu'un d'autre.",
    },
    "possible_duplicate": {
        "en": "Row {row} may be about a person who is registered already, or whom another row "
        "names. Compare them and decide; undecided, the row becomes a new person.",
        "fr": "La ligne {row} concerne peut-être une personne déjà enregistrée, ou nommée par une "
        "autre ligne. Comparez et décidez ; sans décision, la ligne devient une nouvelle personne.",
    },
    "identifier_left_out": {
        "en": "Row {row} becomes a new person as decided, without the number “{value}”: it belongs "
        "to somebody else.",
        "fr": "La ligne {row} devient une nouvelle personne, comme décidé, sans le numéro "
        "« {value} » : il appartient à quelqu'un d'autre.",
    },
    "same_file": {
        "en": "This very file was published on {value}; nothing in it is new. Check it fully to "
        "have every row read again.",
        "fr": "Ce même fichier a été publié le {value} ; il n'apporte rien de nouveau. Demandez "
        "une vérification complète pour relire chaque ligne.",
    },
    "rows_waiting": {
        "en": "{value} rows of it still wait in the quarantine.",
        "fr": "{value} de ses lignes attendent encore en quarantaine.",
    },
    "household_has_head": {
        "en": "Row {row} names a head, but the household has one already. The person was added as "
        "a member.",
        "fr": "La ligne {row} désigne un chef, mais le ménage en a déjà un. La personne a été "
        "ajoutée comme membre.",
    },
}
"""What the steps after the column checks say, by rule and language."""


ROW_VALUED = frozenset({"duplicate_in_file", "identifier_repeated"})
"""Rules whose value is the number of another row."""
LATE_RULES = (
    "outside_grant",
    "identifier_taken",
    "repeated_person",
    "status_differs",
    "sex_differs",
    "birth_date_differs",
    *NOT_MOVED,
    "possible_duplicate",
    "identifier_left_out",
    "household_has_head",
)
"""Rules about the registry: they may be broken by the publish too, after the file's own check."""


class Example(Protocol):
    """One kept issue of a cause."""

    @property
    def row_no(self) -> int: ...
    @property
    def value(self) -> str | None: ...


def make_finding(
    cause: Cause,
    count: int,
    examples: Sequence[Example],
    suite: Mapping[str, Mapping[str, str]],
    language: str,
    said: Callable[[int], str] = str,
) -> Finding:
    """Put one cause into words; `suite` gives the sentences of the suite, by rule and language,
    `said` how a row number reads to the user."""
    rule, severity, header = cause
    rows = tuple(example.row_no for example in examples if example.row_no)
    values = tuple(example.value or "" for example in examples)
    if rule in ROW_VALUED and values[:1] and values[0].isdigit():
        values = tuple(said(int(value)) for value in values)
    facts = {
        "row": said(rows[0]) if rows else "",
        "value": values[0] if values else "",
        "column": header,
    }
    spoken = MESSAGES.get(rule) or suite.get(rule)
    if spoken:
        sentence = (spoken.get(language) or spoken["en"]).format(**facts)
    else:
        sentence = message(rule, language, facts)
    return Finding(rule, severity, header, count, rows, values, sentence)
