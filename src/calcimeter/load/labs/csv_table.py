"""Blood results from CSV."""

from __future__ import annotations

import datetime as dt
import math
import re
from collections import Counter
from dataclasses import replace

from calcimeter.errors import AmbiguousResult, Refused, UnknownUnit, UnreadableInput, UsageError
from calcimeter.knowledge.analyte_names import Match, by_name
from calcimeter.knowledge.analytes import Limits
from calcimeter.load.labs.csv_file import Row, decode, tables
from calcimeter.load.labs.csv_layout import Line, lines_of
from calcimeter.load.labs.csv_words import words_for
from calcimeter.load.labs.dates import Moment, Order, looks_like_date, order_in, read_moment, years_between
from calcimeter.load.labs.meaning import coded_match, named_match
from calcimeter.load.labs.result import NO_LIMITS, Found, LabFile, analyte_of, checked
from calcimeter.load.labs.written import (
    COMPARATORS,
    Points,
    Written,
    folded,
    points_in,
    read_flag,
    read_number,
    read_range,
    read_value,
    without_unit,
)
from calcimeter.model.case import Comparator, Interpretation, LabResult, Sex, Subject
from calcimeter.units import convert, resolve

_WITH_UNIT = re.compile(
    r"(?P<value>[<>=\u2264\u2265]*\s*\d[\d.,]*)\s*(?P<unit>[^\s\d.,]\S*/\S+|%)(?P<flag>\s+[(\[]?[HL]{1,2}[)\]]?)?"
)
SAME_UNIT = 1e-6
"""Two spellings of one unit convert into one another with this relative error of rounding."""

LOINC = re.compile(r"\d{1,6}-\d")


def read_csv(data: bytes) -> LabFile:
    """Blood results from a CSV file, long, wide or cumulative.

    Parameters
    ----------
    data : bytes
        The file. Commas, semicolons, tabs or bars between cells; UTF-8, UTF-16 or Latin-1.

    Returns
    -------
    LabFile

    Raises
    ------
    UnreadableInput
        No table, or one whose rows do not fit its header.
    UnknownUnit, AmbiguousResult, UsageError
        A result that can't be read in one way; the message names the line.
    Refused
        Results of several persons.
    """
    text, note = decode(data)
    delimiter, lines = _best_table(tables(text))
    _check_one_person(lines)
    reading = _Reading(lines, delimiter)
    for line in lines:
        reading.take(line)
    if note:
        reading.notes.insert(0, note)
    return reading.lab_file()


def _best_table(found: dict[str, list[Row]]) -> tuple[str, list[Line]]:
    """The mark between cells that makes a table of the file, and its results."""
    errors: list[UnreadableInput] = []
    read: dict[str, list[Line]] = {}
    for delimiter, rows in found.items():
        try:
            lines = lines_of(rows)
        except UnreadableInput as error:
            errors.append(error)
            continue
        if lines is not None:
            read[delimiter] = lines
    if read:
        return max(read.items(), key=lambda item: sum(bool(line.get("value")) for line in item[1]))
    if errors:
        raise errors[0]
    raise UnreadableInput(
        "met no header that names analyte, value and unit, or analytes as columns; expected a table of blood results "
        "such as 'analyte,value,unit,date'"
    )


def _check_one_person(lines: list[Line]) -> None:
    columns = zip(*(line.persons for line in lines if line.persons), strict=True)
    persons = max((len({folded(cell) for cell in column if cell}) for column in columns), default=0)
    if persons > 1:
        raise Refused(f"met results of {persons} persons in one file, expected one; export each by itself")


class _Reading:
    """Collects the results of a table while it is read, with what the whole table says of numbers and dates."""

    def __init__(self, lines: list[Line], delimiter: str) -> None:
        numbers = [line.get(role) for line in lines for role in ("value", "range", "low", "high")]
        dates = [line.get(role) for line in lines for role in ("date", "time", "birth")]
        self.points: Points = points_in(numbers, may_be_thousands=delimiter != ",")
        self.order: Order | None = order_in(dates)
        self.results: list[LabResult] = []
        self.urine: list[LabResult] = []
        self.notes: list[str] = []
        self.unknown: Counter[str] = Counter()
        self.lines = lines

    def take(self, line: Line) -> None:
        """Read one line: a result, a note, or one more of an analyte that is not known."""
        match = _match(line)
        if match is None:
            if line.get("value") or line.get("flag"):
                self._leave_out(line)
            return
        if folded(line.get("status")) in words_for("status")["void"]:
            self.notes.append(f"{line.where}: {match.term} was cancelled or taken back by the laboratory; not used")
            return
        line = _unit_apart(line)
        _check_unit_named(line, match)
        written = read_value(line.get("value"), self.points, line.where)
        if written is None:
            raise AmbiguousResult(
                f"{line.where}: met a value of {match.term} that is no number, expected one such as 2.23, '> 900', or "
                "low, normal or high"
            )
        if written.is_missing and not (line.get("value") == "" and read_flag(line.get("flag"))):
            self.notes.append(f"{line.where}: {match.term} has no value")
            return
        result = checked(self._found(line, match, written))
        (self.urine if match.specimen == "urine" else self.results).append(result)

    def _leave_out(self, line: Line) -> None:
        """Say why a line gives no result: its fluid stands beside it, or its name is not known."""
        named = by_name(line.name) if line.get("aside") and not line.get("specimen") else None
        if named is None:
            self.unknown[line.named_at] += 1
        else:
            self.notes.append(f"{line.where}: {named.term} is of another fluid by what stands beside it; not used")

    def _note_ids(self) -> None:
        """A column "ID" can't be told from one of persons, so what it was taken for is said."""
        ids = {folded(line.row_id) for line in self.lines if line.row_id}
        if len(ids) > 1 and (self.results or self.urine):
            self.notes.append(
                f"a column of ids has {len(ids)} values, taken for those of rows or samples of one person; "
                "if it numbers persons, export each by itself"
            )

    def lab_file(self) -> LabFile:
        """Everything that was read."""
        self._note_ids()
        if not (self.results or self.urine or self.unknown or self.notes):
            raise UnreadableInput("met a table without a result, expected at least one row with a value")
        return LabFile(
            tuple(self.results),
            self._subject(),
            tuple(self.notes),
            tuple(self.urine),
            tuple(self.unknown.items()),
        )

    def _found(self, line: Line, match: Match, written: Written) -> Found:
        date, time = self._moment(line)
        return Found(
            where=line.where,
            match=match,
            value=written.number,
            unit=line.get("unit"),
            comparator=_comparator(line, written),
            interpretation=self._interpretation(line, written),
            date=date,
            time=time,
            reference=self._range(line),
        )

    def _moment(self, line: Line) -> tuple[dt.date | None, dt.time | None]:
        if not line.get("date") and not looks_like_date(line.get("time")):
            return None, None
        if not line.get("date"):
            return read_moment(line.get("time"), self.order, line.where)
        date, time = read_moment(line.get("date"), self.order, line.where)
        if time is None and line.get("time"):
            time = read_moment(f"{date.isoformat()} {line.get('time')}", None, line.where)[1]
        return date, time

    def _interpretation(self, line: Line, written: Written) -> Interpretation | None:
        flag = read_flag(line.get("flag"))
        if flag and written.flag and flag != written.flag:
            raise AmbiguousResult(f"{line.where}: met two flags, {written.flag} and {flag}; expected one")
        return flag or written.flag

    def _range(self, line: Line) -> Limits:
        text = line.get("range")
        if text:
            found = read_range(without_unit(text, line.get("unit")), self.points, line.where)
            if found is None:
                self.notes.append(f"{line.where}: the reference range is not understood and was not used")
            return found or NO_LIMITS
        low, high = (
            read_number(line.get(role), self.points, line.where) if line.get(role) else None for role in ("low", "high")
        )
        if low is not None and high is not None and low > high:
            raise AmbiguousResult(f"{line.where}: met a reference range from {low:g} to {high:g}, expected low first")
        return low, high

    def _subject(self) -> Subject:
        return Subject(age_years=self._age(), sex=self._sex())

    def _sex(self) -> Sex | None:
        said = {folded(line.get("sex")) for line in self.lines if line.get("sex")}
        known: set[Sex] = {sex for sex in ("F", "M", "O") for word in said if word in words_for("sex")[sex]}
        if len(known) > 1:
            raise Refused("met two sexes in one file, expected results of one person; export each by itself")
        return known.pop() if known else None

    def _age(self) -> float | None:
        """The age at the last dated result, from a birth date or as the table says it."""
        births: set[Moment] = {
            read_moment(line.get("birth"), self.order, line.where) for line in self.lines if line.get("birth")
        }
        if len({date for date, _ in births}) > 1:
            raise Refused("met two dates of birth in one file, expected results of one person; export each by itself")
        last = max((result.date for result in self.results if result.date), default=None)
        if births and last:
            return years_between(births.pop()[0], last)
        ages = [read_number(line.get("age"), "decimal", line.where) for line in self.lines if line.get("age")]
        return max((age for age in ages if age is not None), default=None)


def _unit_apart(line: Line) -> Line:
    """A line whose value is "8.4 mg/dL H", with value and unit in cells of their own."""
    found = _WITH_UNIT.fullmatch(line.get("value"))
    if found is None or line.get("unit") not in ("", found["unit"]):
        return line
    cells = {**line.cells, "value": f"{found['value']}{found['flag'] or ''}", "unit": found["unit"]}
    return replace(line, cells=cells)


def _check_unit_named(line: Line, match: Match) -> None:
    """Refuse a unit in the name, such as "Calcium (mg/dL)", beside another one in the column of units."""
    named, given = line.get("unit_named"), line.get("unit")
    if not named or folded(named) == folded(given):
        return
    quantity = analyte_of(match).quantity
    try:
        factors = [convert(1.0, resolve(unit, quantity), quantity) for unit in (named, given)]
    except UnknownUnit:
        factors = [0.0, 1.0]
    if not math.isclose(*factors, rel_tol=SAME_UNIT):
        raise AmbiguousResult(
            f"{line.where}: met {match.term} with the unit {named[:20]!r} in its name and {given[:20]!r} beside it; "
            "expected one of them"
        )


def _match(line: Line) -> Match | None:
    """What a line is a result of, by LOINC code if it has one, else by name; None where that is not known."""
    code, specimen = line.get("code").strip(), line.get("specimen")
    if LOINC.fullmatch(code):
        return coded_match([code], line.name, specimen, line.where)
    return named_match(line.name, specimen or line.get("aside"))


def _comparator(line: Line, written: Written) -> Comparator | None:
    said = line.get("comparator")
    if not said or said == "=":
        return written.comparator
    if said not in COMPARATORS:
        raise UsageError(f"{line.where}: met the comparator {said[:10]!r}, expected <, <=, >= or >")
    if written.comparator not in (None, COMPARATORS[said]):
        raise AmbiguousResult(
            f"{line.where}: met the comparator {said} beside a value with {written.comparator}; expected one of them"
        )
    return COMPARATORS[said]
