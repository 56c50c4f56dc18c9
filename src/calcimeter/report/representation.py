"""Values out of the field, made to fit their value representation (DICOM PS3.5, 6.2)."""

from __future__ import annotations

import math
import re
import unicodedata
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from pydicom.dataelem import DataElement
    from pydicom.dataset import Dataset

LONGEST = {"SH": 16, "LO": 64, "ST": 1024, "LT": 10240, "UC": None, "UT": None}
"""Characters of the VRs that hold text; the last two are bounded by the file alone."""

PARAGRAPHS = ("ST", "LT", "UT")
"""Text that keeps its line ends and holds one value whatever characters are in it."""

_WHOLE = {"US": (0, 2**16), "SS": (-(2**15), 2**15), "UL": (0, 2**32), "SL": (-(2**31), 2**31)}


def readable(dataset: Dataset, keyword: str) -> DataElement | None:
    """An element, or None where it is absent or its bytes are no value of the VR that it states."""
    from pydicom.errors import BytesLengthException

    try:
        return dataset[keyword]
    except (LookupError, ValueError, TypeError, AttributeError, ArithmeticError, RuntimeError, BytesLengthException):
        return None


def fitted(element: DataElement, *, undeclared: bool = False) -> list[Any]:
    """The values of an element as its VR in the standard allows them: cut, or left out where nothing can be cut.

    Parameters
    ----------
    element : DataElement
        Not a sequence. Its own VR does not matter: files state wrong ones.
    undeclared : bool
        Its header does not say how text is encoded; what is valid UTF-8 is taken for that.

    Returns
    -------
    list
        One value where the standard wants one; empty where none is left.
    """
    from pydicom.datadict import dictionary_VM, dictionary_VR
    from pydicom.multival import MultiValue

    vr = dictionary_VR(element.tag)
    value = element.value
    values = list(value) if isinstance(value, (MultiValue, list, tuple)) else [value]
    if vr in PARAGRAPHS and len(values) > 1:
        values = ["\\".join(str(part) for part in values)]
    if dictionary_VM(element.tag) == "1":
        values = values[:1]
    return [fit for one in values if (fit := _fit(vr, one, undeclared=undeclared)) not in (None, "")]


def _fit(vr: str, value: Any, *, undeclared: bool) -> Any:
    """One value; None where it can't be made to fit."""
    if vr in _WHOLE or vr in ("FL", "FD"):
        return _number(vr, value)
    text = _text(value, undeclared=undeclared)
    if vr in LONGEST:
        return _cut_text(text, LONGEST[vr], paragraphs=vr in PARAGRAPHS)
    return _FIT[vr](text.strip(" \0")) if vr in _FIT else None


def _text(value: Any, *, undeclared: bool) -> str:
    if value is None:
        return ""
    text = value.decode("latin-1") if isinstance(value, bytes) else str(value)
    if undeclared and not text.isascii():
        try:
            return text.encode("latin-1").decode("utf-8")  # pydicom read it as Latin-1
        except UnicodeError:
            return text
    return text


def _cut_text(text: str, longest: int | None, *, paragraphs: bool) -> str:
    allowed = "\r\n\f\t" if paragraphs else ""
    text = "".join(c for c in text if c in allowed or unicodedata.category(c) not in ("Cc", "Cs"))
    if not paragraphs:
        text = text.replace("\\", "/")
    return text[:longest].strip(" ")


def _person_name(text: str) -> str:
    """Up to three groups (alphabetic, ideographic, phonetic) of up to five components and 64 characters."""
    groups = [_cut_text("^".join(group.split("^")[:5]), 64, paragraphs=False) for group in text.split("=")[:3]]
    return "=".join(groups).rstrip("=^ ")


def _code_string(text: str) -> str | None:
    return text.upper() if re.fullmatch(r"[A-Z0-9_ ]{1,16}", text.upper()) else None


def _age(text: str) -> str | None:
    return text if re.fullmatch(r"\d{3}[DWMY]", text) else None


def _date(text: str) -> str | None:
    """Also as it was written before DICOM: 2019.05.02."""
    from datetime import date

    parts = re.fullmatch(r"(\d{4})([.]?)(\d\d)\2(\d\d)", text, re.ASCII)
    if parts is None:
        return None
    try:
        date(int(parts[1]), int(parts[3]), int(parts[4]))
    except ValueError:
        return None
    return parts[1] + parts[3] + parts[4]


def _time(text: str) -> str | None:
    """Also as it was written before DICOM: 10:11:12."""
    parts = re.fullmatch(r"([01]\d|2[0-3])(?::?([0-5]\d)(?::?([0-5]\d|60)(\.\d{1,6})?\d*)?)?", text, re.ASCII)
    return None if parts is None else "".join(part or "" for part in parts.groups())


def _date_time(text: str) -> str | None:
    parts = re.fullmatch(r"(\d{8})(\d{2,6}(?:\.\d{1,6})?)?([+-]\d{4})?|\d{4}(?:0[1-9]|1[0-2])?", text, re.ASCII)
    if parts is None or (parts[1] and (not _date(parts[1]) or (parts[2] and not _time(parts[2])))):
        return None
    return text


def _decimal(text: str) -> str | None:
    from pydicom.valuerep import format_number_as_ds

    try:
        number = float(text)
    except ValueError:
        return None
    if not math.isfinite(number):
        return None
    return text if len(text) <= 16 and "_" not in text else str(format_number_as_ds(number))


def _integer(text: str) -> str | None:
    return text if re.fullmatch(r"[+-]?\d{1,11}", text, re.ASCII) and abs(int(text)) < 2**31 else None


def _entity(text: str) -> str:
    return "".join(c for c in text if " " <= c <= "~" and c != "\\")[:16].strip()


def _uid(text: str) -> str | None:
    return text if len(text) <= 64 and re.fullmatch(r"(0|[1-9]\d*)(\.(0|[1-9]\d*))*", text, re.ASCII) else None


def _address(text: str) -> str | None:
    return text if re.fullmatch(r"[!-~]+", text) else None


def _number(vr: str, value: Any) -> float | int | None:
    """A binary number; None where the file holds something else in its place."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    if vr not in _WHOLE:
        return float(value)
    low, end = _WHOLE[vr]
    return int(value) if value == int(value) and low <= value < end else None


_FIT: dict[str, Callable[[str], str | None]] = {
    "AE": _entity,
    "AS": _age,
    "CS": _code_string,
    "DA": _date,
    "DS": _decimal,
    "DT": _date_time,
    "IS": _integer,
    "PN": _person_name,
    "TM": _time,
    "UI": _uid,
    "UR": _address,
}
