"""The sentences about single values and whole columns: by rule, in English and in French."""

VALUES: dict[str, tuple[str, str]] = {
    "zero_date": (
        "Row {row}, {column}: “{value}” is how a spreadsheet or database shows a date that is not "
        "there. No date was taken; type it in if it is known.",
        "Ligne {row}, {column} : « {value} » est la façon dont un tableur ou une base affiche une "
        "date absente. Aucune date n'a été retenue ; saisissez-la si elle est connue.",
    ),
    "serial_date": (
        "Row {row}, {column}: “{value}” was read as a spreadsheet's day number, counted from 1900."
        " Check one of the dates; a workbook that counts from 1904 is four years off.",
        "Ligne {row}, {column} : « {value} » a été lu comme un numéro de jour de tableur, compté "
        "depuis 1900. Vérifiez une date ; un classeur compté depuis 1904 décale de quatre ans.",
    ),
    "two_digit_year": (
        "Row {row}, {column}: the year of “{value}” has two digits and was read as the latest one "
        "that is not in the future. Check the oldest people.",
        "Ligne {row}, {column} : l'année de « {value} » n'a que deux chiffres ; la plus récente "
        "qui ne soit pas future a été retenue. Vérifiez les personnes les plus âgées.",
    ),
    "date_too_early": (
        "Row {row}, {column}: “{value}” lies before 1900. Check the year.",
        "Ligne {row}, {column} : « {value} » est antérieur à 1900. Vérifiez l'année.",
    ),
    "calendar_not_supported": (
        "Row {row}, {column}: “{value}” is a date of the {calendar} calendar, which is not "
        "supported. Convert the dates of the column to the Gregorian calendar.",
        "Ligne {row}, {column} : « {value} » est une date du calendrier {calendar}, qui n'est pas "
        "pris en charge. Convertissez les dates de la colonne au calendrier grégorien.",
    ),
    "ambiguous_number": (
        "Row {row}, {column}: “{value}” may be thousands or decimals and nothing in the column "
        "decides it. Choose the decimal mark of the column.",
        "Ligne {row}, {column} : « {value} » peut se lire en milliers ou en décimales et rien dans "
        "la colonne n'en décide. Choisissez le signe décimal de la colonne.",
    ),
    "percent_sign": (
        "Row {row}, {column}: “{value}” is a percentage, not a number of this field. Write the "
        "number alone.",
        "Ligne {row}, {column} : « {value} » est un pourcentage, non un nombre de ce champ. "
        "Écrivez le nombre seul.",
    ),
    "number_unit": (
        "Row {row}, {column}: “{value}” was read as the number alone, without its unit or "
        "brackets (k is a thousand, brackets are minus). Check that all rows use one unit.",
        "Ligne {row}, {column} : de « {value} » seul le nombre a été retenu, sans unité ni "
        "parenthèses (k vaut mille, les parenthèses valent moins). Vérifiez que l'unité est la "
        "même partout.",
    ),
    "name_note": (
        "Row {row}, {column}: what stands in brackets in “{value}” is kept as a note, not as part "
        "of the name. Nothing is to be done if that is right.",
        "Ligne {row}, {column} : ce qui est entre parenthèses dans « {value} » est gardé comme "
        "note, hors du nom. Rien à faire si c'est juste.",
    ),
    "mojibake": (
        "Row {row}, {column}: the letters of “{value}” went wrong when the file was saved; it "
        "probably says “{repaired}”. Replace it, or export the file again as UTF-8.",
        "Ligne {row}, {column} : les lettres de « {value} » ont été abîmées à l'enregistrement ; "
        "il faut sans doute lire « {repaired} ». Remplacez-le ou exportez le fichier en UTF-8.",
    ),
    "mixed_scripts": (
        "Row {row}, {column}: “{value}” mixes letters of two alphabets that look alike in one "
        "word, so a search would miss it. Type the word again in one alphabet.",
        "Ligne {row}, {column} : « {value} » mêle dans un même mot des lettres de deux alphabets "
        "qui se ressemblent ; une recherche ne le trouverait pas. Ressaisissez le mot.",
    ),
}
"""What is said about one cell: the English and the French sentence."""
COLUMNS: dict[str, tuple[str, str]] = {
    "calendar_suspected": (
        "The dates in “{column}” look like dates of the Ethiopian calendar, seven or eight years "
        "behind. Say which calendar the column uses before you publish.",
        "Les dates de « {column} » ressemblent à des dates du calendrier éthiopien, sept ou huit "
        "ans en arrière. Indiquez le calendrier de la colonne avant de publier.",
    ),
    "dates_swapped": (
        "In “{column}” no real date has a day after the 12th and every date left as text has one: "
        "a spreadsheet has probably swapped day and month. Check some rows against the paper.",
        "Dans « {column} », aucune vraie date ne dépasse le 12 du mois et toutes celles restées en "
        "texte le dépassent : un tableur a sans doute inversé jour et mois. Vérifiez quelques "
        "lignes sur le papier.",
    ),
}
"""What is said about a whole column: such an issue has the row 0."""
CALENDARS = {
    "hijri": ("Hijri", "hégirien"),
    "buddhist": ("Buddhist", "bouddhique"),
}

TABLES: dict[str, tuple[str, str]] = {
    "filled_down": (
        "Row {row}, {column}: the cell is merged with the one above it; its value “{value}” was "
        "repeated. Check that the row belongs to it.",
        "Ligne {row}, {column} : la cellule est fusionnée avec celle du dessus ; sa valeur "
        "« {value} » a été répétée. Vérifiez que la ligne en fait partie.",
    ),
    "repeated_header": (
        "Row {row} repeats the headers, as printed pages do, and was left out. Put it back under "
        "“File” if it is a person.",
        "La ligne {row} répète les en-têtes, comme sur les pages imprimées, et a été écartée. "
        "Remettez-la sous « Fichier » si c'est une personne.",
    ),
    "footer_left_out": (
        "Row {row} is a total, a note or a signature and was left out: {value}. Put it back under "
        "“File” if it is a person.",
        "La ligne {row} est un total, une note ou une signature et a été écartée : {value}. "
        "Remettez-la sous « Fichier » si c'est une personne.",
    ),
    "hidden_row": (
        "Row {row} is hidden in the spreadsheet and is imported all the same. Show the hidden rows"
        " and check that they belong to the list.",
        "La ligne {row} est masquée dans le tableur et sera tout de même importée. Affichez les "
        "lignes masquées et vérifiez qu'elles font partie de la liste.",
    ),
    "orphan_row": (
        "Row {row}, {column}: nothing in the joined table is called “{value}”. Correct the key, or"
        " add the missing row to that table.",
        "Ligne {row}, {column} : rien dans la table jointe ne s'appelle « {value} ». Corrigez la "
        "clé, ou ajoutez la ligne manquante à cette table.",
    ),
    "ambiguous_join": (
        "Row {row}, {column}: “{value}” stands in several rows of the joined table, so it is not "
        "clear which one is meant. Leave one of them, or choose its rows by a filter.",
        "Ligne {row}, {column} : « {value} » figure sur plusieurs lignes de la table jointe ; on "
        "ne sait pas laquelle est la bonne. N'en gardez qu'une, ou choisissez-la par un filtre.",
    ),
}
"""About rows as the layout and the shape of the tables make them."""
