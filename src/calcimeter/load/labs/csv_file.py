"""A CSV file as rows of cells, whatever its encoding and its mark between cells."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass

from calcimeter.errors import UnreadableInput

DELIMITERS = (",", ";", "\t", "|")
BINARY = {b"PK\x03\x04": "a spreadsheet or an archive", b"%PDF": "a PDF", b"\xd0\xcf\x11\xe0": "a spreadsheet"}


@dataclass(frozen=True, slots=True)
class Row:
    """One row that is not empty: the line of the file that it ends on, and its cells without outer spaces."""

    line: int
    cells: tuple[str, ...]


def decode(data: bytes) -> tuple[str, str | None]:
    """The text of a file, and a note where its encoding had to be taken for Latin-1.

    UTF-8 and UTF-16 are known by themselves or by their byte order mark; what is neither is Latin-1, as Windows
    writes it.

    Raises
    ------
    UnreadableInput
        Empty, or a spreadsheet, a PDF or another binary file.
    """
    for magic, what in BINARY.items():
        if data.startswith(magic):
            raise UnreadableInput(f"met {what}, expected blood results as CSV or FHIR JSON; export it as CSV")
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16", errors="replace"), None
    if b"\0" in data:
        raise UnreadableInput("met a binary file, expected blood results as CSV or FHIR JSON")
    if not data.strip():
        raise UnreadableInput("met an empty file, expected blood results as CSV or FHIR JSON")
    try:
        return data.decode("utf-8-sig"), None
    except UnicodeDecodeError:
        return data.decode("cp1252", errors="replace"), "the file is not UTF-8 and was read as Latin-1"


def tables(text: str) -> dict[str, list[Row]]:
    """The rows of a text for each mark between cells that may be meant, the one of an Excel line "sep=;" alone.

    Raises
    ------
    UnreadableInput
        Quotes that do not close, whatever the mark.
    """
    first, _, rest = text.partition("\n")
    first = first.strip().lower()
    if first.startswith("sep=") and len(first) == 5:
        return {first[4]: _rows("\n" + rest, first[4])}
    found: dict[str, list[Row]] = {}
    errors: list[UnreadableInput] = []
    for delimiter in DELIMITERS:
        try:
            found[delimiter] = _rows(text, delimiter)
        except UnreadableInput as error:
            errors.append(error)
    if not found:
        raise errors[0]
    return found


def _rows(text: str, delimiter: str) -> list[Row]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    rows = []
    try:
        for cells in reader:
            plain = tuple(cell.strip() for cell in cells)
            if any(plain):
                rows.append(Row(reader.line_num, plain))
    except csv.Error:
        raise UnreadableInput(
            f"line {reader.line_num}: met quotes that do not fit together, expected cells as CSV quotes them"
        ) from None
    return rows
