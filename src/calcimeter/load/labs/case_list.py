"""The ``labs:`` list of a case file, in it or in a file of its own."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Any, get_args

from calcimeter.errors import UnreadableInput, UsageError
from calcimeter.knowledge.analyte_names import Match, by_name
from calcimeter.knowledge.analytes import Limits, analytes
from calcimeter.knowledge.vocabulary import known_term
from calcimeter.load.labs.csv_file import decode
from calcimeter.load.labs.dates import read_moment
from calcimeter.load.labs.result import NO_LIMITS, Found, LabFile, checked
from calcimeter.load.labs.written import read_number
from calcimeter.load.plain_text import parse
from calcimeter.model.case import Comparator, Interpretation, LabResult

EXAMPLE = "{analyte: phosphate, value: 2.23, unit: mmol/L}"
LARGEST = 1e12
"""No result in any unit is larger."""

KEYS = ("analyte", "value", "unit", "comparator", "interpretation", "date", "reference", "kind")


def lab_results(items: Iterable[Mapping[str, Any]]) -> tuple[LabResult, ...]:
    """Results from the ``labs:`` list of a case file.

    The form::

        - {analyte: phosphate, value: 2.23, unit: mmol/L, date: 2019-05-02, reference: [0.8, 1.5]}
        - {analyte: pth_intact, value: 900, unit: pg/mL, comparator: ">"}
        - {analyte: calcium, interpretation: normal}
        - {analyte: calcium, value: 1.2, unit: mmol/L, kind: total}

    Parameters
    ----------
    items : iterable of mapping
        As YAML or JSON gives it.

    Returns
    -------
    tuple of LabResult
        In the order of the list; ``source`` counts from 1: "labs, item 2".

    Raises
    ------
    UsageError
        A key, a term or a unit that is not known, with the nearest known ones; no value where one is needed.
    AmbiguousResult
        A number or a calcium that can be read in two ways.
    """
    return tuple(checked(_found(item, f"labs, item {k}")) for k, item in enumerate(items, start=1))


def is_list(data: bytes) -> bool:
    """Whether JSON holds the list of a case file: it names analytes, and no resource of FHIR."""
    begins = data.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] in (b"{", b"[")
    return begins and b'"resourceType"' not in data and (b'"analyte"' in data or b'"labs"' in data)


def read_list(data: bytes, *, is_json: bool) -> LabFile:
    """Blood results from the list of a case file that stands in a file of its own.

    Parameters
    ----------
    data : bytes
        The list, or a mapping whose only key is ``labs``.
    is_json : bool
        Else it is YAML.

    Returns
    -------
    LabFile
        The results alone: such a list tells neither age nor sex.

    Raises
    ------
    UnreadableInput
        Empty, or a list without an item.
    UsageError, AmbiguousResult
        No such list, a whole case, or an item that is not understood, as ``lab_results`` says.
    """
    content, note = decode(data)
    said = parse(content, is_json=is_json, what="the file of blood results")
    if isinstance(said, Mapping):
        others = [str(key)[:40] for key in said if key != "labs"]
        if others:
            raise UsageError(
                f"the file of blood results: met the key {others[0]!r}, expected 'labs' alone; a whole case is what "
                "`calcimeter case` and `calcimeter rank` take"
            )
        said = said.get("labs")
    if not isinstance(said, list):
        raise UsageError(f"the file of blood results holds no list; expected such as labs: [{EXAMPLE}]")
    if not said:
        raise UnreadableInput("met a list without a result, expected at least one")
    return LabFile(lab_results(said), notes=(note,) if note else ())


def _found(item: Any, where: str) -> Found:
    if not isinstance(item, Mapping):
        raise UsageError(f"{where} is no mapping; expected such as {EXAMPLE}")
    for key in item:
        known_term(key, KEYS, where)
    if "analyte" not in item:
        raise UsageError(
            f"{where} names no analyte; expected such as {{analyte: phosphate, value: 2.23, unit: mmol/L}}"
        )
    _check_analyte(item["analyte"], f"{where}, analyte")
    for key, known in (("comparator", get_args(Comparator)), ("interpretation", get_args(Interpretation))):
        if item.get(key) is not None:
            known_term(item[key], known, f"{where}, {key}")
    if item.get("unit") is not None and not isinstance(item["unit"], str):
        raise UsageError(f"{where}: 'unit' is no text; expected such as mmol/L")
    return Found(
        where=where,
        match=Match(item["analyte"], is_total=_is_total(item, where)),
        value=_number(item.get("value"), f"{where}, value"),
        unit=item.get("unit"),
        comparator=item.get("comparator"),
        interpretation=item.get("interpretation"),
        date=_date(item.get("date"), where),
        reference=_reference(item.get("reference"), where),
    )


def _is_total(item: Mapping[str, Any], where: str) -> bool:
    kind = item.get("kind")
    if kind is not None and (kind != "total" or item["analyte"] != "calcium"):
        raise UsageError(f"{where}: 'kind' can only be total, of calcium; ionized calcium is calcium_ionized")
    return kind == "total"


def _number(value: Any, where: str) -> float | None:
    if isinstance(value, str):
        number = read_number(value, "decimal", where)
        if number is not None:
            return number
    if value is None or (isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= LARGEST):
        return None if value is None else float(value)
    raise UsageError(
        f"{where}: met {str(value)[:20]!r}, expected a number of 0 or more; a bound goes into 'comparator'"
    )


def _date(value: Any, where: str) -> dt.date | None:
    if isinstance(value, dt.datetime):
        return value.date()
    if value is None or isinstance(value, dt.date):
        return value
    return read_moment(str(value), None, f"{where}, date")[0]


def _reference(value: Any, where: str) -> Limits:
    if value is None:
        return NO_LIMITS
    if not isinstance(value, list | tuple) or len(value) != 2:
        raise UsageError(f"{where}: 'reference' is no list of two; expected [low, high], null for an open end")
    low, high = (_number(end, f"{where}, reference") for end in value)
    if low is not None and high is not None and low > high:
        raise UsageError(f"{where}: the reference goes from {low:g} to {high:g}; expected low before high")
    return low, high


def _check_analyte(term: Any, where: str) -> None:
    """Refuse what is no term; a laboratory's name for one is answered with that."""
    named = None if term in tuple(analytes()) else by_name(str(term).replace("_", " "))
    if named is not None and named.specimen != "urine":
        raise UsageError(f"{where}: {str(term)[:40]!r} is not known; nearest: {named.term}")
    known_term(term, analytes(), where)
