"""The three ways laboratories lay out a table, brought to one: a line a result.

long        a row a result: analyte, value, unit, date
wide        a row a sample, a column an analyte, units in the headers or in a row of their own
cumulative  a row an analyte, a column a date
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from calcimeter.errors import UnknownUnit, UnreadableInput
from calcimeter.knowledge.analyte_names import Match, by_name, plain_name, says_method
from calcimeter.load.labs.csv_aside import fluids_aside, persons_aside, rows_aside
from calcimeter.load.labs.csv_file import Row
from calcimeter.load.labs.csv_words import columns as _columns
from calcimeter.load.labs.dates import looks_like_date
from calcimeter.load.labs.result import analyte_of
from calcimeter.units import resolve

HEADER_ROWS = 30
"""How far down a header is looked for: exports begin with lines about the hospital and the patient."""

_BRACKETED = re.compile(r"(?P<name>.*\S)\s*[(\[](?P<unit>[^()\[\]]+)[)\]]")
_TRAILING = re.compile(r"(?P<name>.*\S)[\s,]+(?P<unit>\S*[/%]\S*)")
_UNIT = re.compile(r"[munp\u00b5\u03bc]?(?:g|mol|eq|kat)\b.*|%", re.IGNORECASE)
"""What has the form of a unit, also where it is none of the analyte: it is refused then, and not taken for a name."""

_UNDERSCORED = re.compile(r"(?P<name>.+?)_(?P<unit>(?:m|u|n|p)?(?:g|mol|eq|u|iu)_(?:dl|ml|l))", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Line:
    """One result of a table, still as text; ``cells`` by role: value, unit, range, date ...

    ``named_at`` is the line or column that holds ``name``; ``persons`` are the cells of the columns that name the
    patient, and ``row_id`` is that of a column that may number rows, samples or persons.
    """

    row: int
    where: str
    name: str
    named_at: str
    cells: Mapping[str, str] = field(default_factory=dict)
    persons: tuple[str, ...] = ()
    row_id: str = ""

    def get(self, role: str) -> str:
        """The text of a role; "" where the table has none."""
        return self.cells.get(role, "")


def lines_of(rows: list[Row]) -> list[Line] | None:
    """The results of a table; None where no row is a header that is understood.

    Raises
    ------
    UnreadableInput
        A row with more or fewer cells than the header.
    """
    for place, row in enumerate(rows[:HEADER_ROWS]):
        roles = _roles(row.cells)
        body = [one for one in rows[place + 1 :] if not _is_remark(one, row)]
        found: Iterator[Line] | None = None
        dates = [k for k, cell in enumerate(row.cells) if looks_like_date(cell)]
        if "value" in roles and ("analyte" in roles or "code" in roles):
            found = _long(row, roles, body)
        elif "analyte" in roles and dates:
            found = _cumulative(row, roles, body, dates)
        elif "value" not in roles and _analyte_columns(row.cells, roles) >= (1 if "date" in roles else 2):
            found = _wide(row, roles, body)
        elif "value" not in roles and {"analyte", "flag"} <= roles.keys():
            found = _long(row, roles, body)  # levels without a number
        if found is not None:
            return _with_asides(list(found), rows, place, roles)
    return None


def split_unit(header: str) -> tuple[str, str]:
    """Name and unit of a header such as "Calcium (mg/dL)"; the unit is "" where there is none."""
    if by_name(header) is not None:
        return header, ""
    for form in (_BRACKETED, _TRAILING, _UNDERSCORED):
        match = form.fullmatch(header.strip())
        named = by_name(match["name"]) if match else None
        if match is None or named is None:
            continue
        behind = match["unit"].replace("_", "/")
        if says_method(behind):
            return match["name"], ""
        if _is_unit(behind, named):
            return match["name"], behind
    return header, ""


def _is_unit(text: str, named: Match) -> bool:
    """Whether what stands behind a name is a unit: "urine" and "bone-specific" are none, and make another name."""
    try:
        resolve(text, analyte_of(named).quantity)
    except UnknownUnit:
        return _UNIT.fullmatch(text.strip()) is not None
    return True


def _with_asides(lines: list[Line], rows: list[Row], place: int, roles: Mapping[str, int]) -> list[Line]:
    """The results of a table with what stands beside and over them: other fluids, and whose they are."""
    fluids, persons = fluids_aside(rows, place, roles), persons_aside(rows, place, roles)
    ids = rows_aside(rows, place)
    return [
        replace(
            line,
            cells={**line.cells, "aside": fluids.get(line.row, "")},
            persons=persons.get(line.row, ()),
            row_id=ids.get(line.row, ""),
        )
        for line in lines
    ]


def _roles(cells: tuple[str, ...]) -> dict[str, int]:
    """Role -> column; of several columns with one role the one whose name stands first in the list of names."""
    found: dict[str, tuple[int, int]] = {}
    for column, cell in enumerate(cells):
        for role, names in _columns().items():
            plain = plain_name(cell)
            if plain in names:
                rank = names.index(plain)
                if role not in found or rank < found[role][0]:
                    found[role] = (rank, column)
    return {role: column for role, (_, column) in found.items()}


def _analyte_columns(cells: tuple[str, ...], roles: Mapping[str, int]) -> int:
    return sum(_match(cell) is not None for column, cell in enumerate(cells) if column not in roles.values())


def _match(header: str) -> Match | None:
    return by_name(split_unit(header)[0])


def _long(header: Row, roles: Mapping[str, int], body: list[Row]) -> Iterator[Line]:
    # Beside a code, a column "Name" may be the patient's: the code alone decides.
    is_persons = "code" in roles and "analyte" in roles and plain_name(header.cells[roles["analyte"]]) == "name"
    for row in body:
        _check_width(row, header)
        cells = {role: row.cells[column] for role, column in roles.items()}
        name, unit = split_unit("" if is_persons else cells.get("analyte", ""))
        cells |= {"unit": cells.get("unit") or unit, "unit_named": unit}
        yield Line(row.line, f"line {row.line}", name, f"line {row.line}", cells)


def _cumulative(header: Row, roles: Mapping[str, int], body: list[Row], dates: list[int]) -> Iterator[Line]:
    for row in body:
        _check_width(row, header)
        shared = {role: row.cells[column] for role, column in roles.items() if column not in dates}
        name, unit = split_unit(shared.get("analyte", ""))
        shared |= {"unit": shared.get("unit") or unit, "unit_named": unit}
        for column in dates:
            if row.cells[column]:
                cells = {**shared, "value": row.cells[column], "date": header.cells[column]}
                yield Line(row.line, f"line {row.line}, column {column + 1}", name, f"line {row.line}", cells)


def _wide(header: Row, roles: Mapping[str, int], body: list[Row]) -> Iterator[Line]:
    taken = set(roles.values()) | {column for column, cell in enumerate(header.cells) if _is_no_analyte(cell)}
    columns = [column for column in range(len(header.cells)) if column not in taken and header.cells[column]]
    shared: dict[str, tuple[str, ...]] = {}
    for row in body:
        _check_width(row, header)
        kind = _about_columns(row, columns)
        if kind:
            shared[kind] = row.cells
            continue
        person = {role: row.cells[column] for role, column in roles.items()}
        for column in columns:
            if row.cells[column]:
                name, unit = split_unit(header.cells[column])
                cells = {**person, "value": row.cells[column], "unit": unit, "unit_named": unit}
                for role, about in shared.items():
                    cells[role] = about[column] or cells.get(role, "")
                yield Line(row.line, f"line {row.line}, column {column + 1}", name, f"column {column + 1}", cells)


def _about_columns(row: Row, columns: list[int]) -> str:
    """Whether a row of a wide table says the units or the reference ranges of its columns: the role, or ""."""
    first = plain_name(row.cells[0])
    for role in ("unit", "range"):
        if first in _columns()[role]:
            return role
    cells = [row.cells[column] for column in columns if row.cells[column]]
    is_units = all(re.search(r"[a-z%]", cell, re.IGNORECASE) and re.search(r"[/%]", cell) for cell in cells)
    return "unit" if cells and not first and is_units else ""


def _is_no_analyte(cell: str) -> bool:
    plain = plain_name(cell)
    return any(plain in names for names in _columns().values()) and _match(cell) is None


def _is_remark(row: Row, header: Row) -> bool:
    """Whether a row is a line of text under the table: one cell can't be a result."""
    return len(row.cells) < len(header.cells) and sum(map(bool, row.cells)) == 1


def _check_width(row: Row, header: Row) -> None:
    """Refuse a row that does not fit its header; empty cells at its end are no harm."""
    filled = len(row.cells)
    while filled > len(header.cells) and not row.cells[filled - 1]:
        filled -= 1
    if filled != len(header.cells):
        raise UnreadableInput(
            f"line {row.line}: met {filled} cells under a header of {len(header.cells)}; expected as many: "
            "put a number with a decimal comma into quotes"
        )
