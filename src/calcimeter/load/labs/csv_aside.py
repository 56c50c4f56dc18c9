"""What a table says beside its results: of which fluid they are, and whose, where no column of that role says it."""

from __future__ import annotations

import re
from collections.abc import Mapping

from calcimeter.knowledge.analyte_names import by_loinc, by_name, plain_name, says_blood, says_other, says_urine
from calcimeter.load.labs.csv_file import Row
from calcimeter.load.labs.csv_words import columns, words_for

FEW_WORDS = 4
"""A cell or heading with more words is a remark: "no urine was handed in"."""


def fluids_aside(rows: list[Row], place: int, roles: Mapping[str, int]) -> dict[int, str]:
    """Line -> the words for a fluid other than blood that stand over a row as a heading, or in it without a role.

    Parameters
    ----------
    rows : list of Row
        The whole table, with what stands before its header.
    place : int
        Of the header.
    roles : mapping of str to int
        Columns whose meaning is known.

    Returns
    -------
    dict of int to str
        Rows of which nothing is said are missing.
    """
    found: dict[int, str] = {}
    told = {column for role, column in roles.items() if role != "ignored"}
    heading = ""
    for number, row in enumerate(rows):
        filled = [cell for cell in row.cells if cell]
        if len(filled) == 1 and _is_about_specimen(filled[0]):
            heading = "" if says_blood(filled[0]) else filled[0]
        elif number > place:
            free = [cell for column, cell in enumerate(row.cells) if column not in told]
            beside = [cell for cell in free if _is_other_fluid(cell)]
            if beside or heading:
                found[row.line] = (beside or [heading])[0]
    return found


def persons_aside(rows: list[Row], place: int, roles: Mapping[str, int]) -> dict[int, tuple[str, ...]]:
    """Line -> the cells of every column that names the patient; empty where there is no such column."""
    header, body = rows[place], rows[place + 1 :]
    named = [k for k, cell in enumerate(header.cells) if plain_name(cell) in columns()["patient"]]
    either = words_for("words")["person_or_analyte"]
    named = [k for k in named if plain_name(header.cells[k]) not in either or _are_persons(k, body, roles)]
    if not named:
        return {}
    return {row.line: tuple(row.cells[k] if k < len(row.cells) else "" for k in named) for row in body}


def rows_aside(rows: list[Row], place: int) -> dict[int, str]:
    """Line -> the cell of a column such as "ID", which may number rows, samples or persons; empty for 1, 2, 3 ..."""
    header, body = rows[place], rows[place + 1 :]
    known = words_for("words")["person_or_row"]
    column = next((k for k, cell in enumerate(header.cells) if plain_name(cell) in known), None)
    if column is None:
        return {}
    found = {row.line: row.cells[column] for row in body if column < len(row.cells) and row.cells[column]}
    numbers = [int(cell) for cell in found.values() if re.fullmatch(r"\d{1,9}", cell)]
    are_counted = len(numbers) == len(found) and numbers == list(range(numbers[0], numbers[0] + len(numbers)))
    return {} if found and are_counted else found


def _is_about_specimen(text: str) -> bool:
    """Whether a heading names a fluid and nothing else: "Urine", "24 h urine", not "urine protein"."""
    if not (says_urine(text) or says_other(text) or says_blood(text)) or by_name(text) is not None:
        return False
    about = words_for("words")["about_specimen"]
    words = [word for word in plain_name(text).split() if word not in about]
    return len(words) <= FEW_WORDS and all(says_urine(word) or says_other(word) or says_blood(word) for word in words)


def _is_other_fluid(cell: str) -> bool:
    """Whether a short cell says urine or another fluid, and is no name of an analyte; "U" alone may be a unit."""
    words, named = plain_name(cell).split(), by_name(cell)
    if len(words) > FEW_WORDS or (named is not None and named.specimen == "blood"):
        return False
    return says_other(cell) or says_urine(" ".join(word for word in words if word not in ("u", "ur")))


def _are_persons(column: int, body: list[Row], roles: Mapping[str, int]) -> bool:
    """Whether a column "Name" names persons: no cell of it is an analyte, and another column says what was measured."""
    cells = [(row, row.cells[column]) for row in body if column < len(row.cells) and row.cells[column]]
    if any(by_name(cell) is not None for _, cell in cells):
        return False
    if roles.get("analyte") != column:
        return True
    code = roles.get("code")
    if code is None:
        return False
    names: dict[str, set[str]] = {}  # a test has one name, a person's is another in every row of a test
    for row, cell in cells:
        if by_loinc(row.cells[code]) is not None:
            names.setdefault(row.cells[code], set()).add(cell)
    return any(len(of_one) > 1 for of_one in names.values())
