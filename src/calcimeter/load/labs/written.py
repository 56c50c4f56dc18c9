"""Numbers, bounds, ranges and flags as laboratories write them. What can be read in two ways is refused."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import Literal

from calcimeter.errors import AmbiguousResult
from calcimeter.model.case import Comparator, Interpretation

Points = Literal["decimal", "unclear"]
"""What a point before three digits is in this input: "unclear" where decimal commas stand beside it."""

COMPARATORS: dict[str, Comparator] = {
    "<": "<",
    ">": ">",
    "<=": "<=",
    ">=": ">=",
    "=<": "<=",
    "=>": ">=",
    "\u2264": "<=",
    "\u2265": ">=",
}
FLAGS: dict[str, Interpretation] = {
    "h": "high", "hh": "high", "hu": "high", "high": "high", "hoch": "high", "\u2191": "high", "+": "high",
    "++": "high", "elevated": "high", "raised": "high", "increased": "high", "erhoht": "high", "alto": "high",
    "eleve": "high", "above": "high", "critical high": "high", "critically high": "high",
    "l": "low", "ll": "low", "lu": "low", "low": "low", "niedrig": "low", "\u2193": "low", "-": "low", "--": "low",
    "decreased": "low", "reduced": "low", "erniedrigt": "low", "bajo": "low", "bas": "low", "below": "low",
    "critical low": "low", "critically low": "low",
    "n": "normal", "normal": "normal", "in range": "normal", "within range": "normal",
}  # fmt: skip
"""Words and signs for low, normal and high, in lower case without accents."""

NO_VALUE = re.compile(
    r"(hemoly[sz]ed|haemoly[sz]ed|hamolytisch|clotted|insufficient|not (done|performed|tested|available|measured)|"
    r"pending|cancel+ed|storniert|to follow|folgt|n/?a|n\.d\.|nd|-+|\.|\?|no sample|no result|rejected|see comment)"
)
"""Words in place of a number."""

_COMPARATOR = re.compile(r"^\s*(<=|>=|=<|=>|<|>|\u2264|\u2265)\s*")
_FLAG = re.compile(
    r"(?<=[\d\s])(\*|hh|ll|h|l|(?<=\s)\+\+?|(?<=\s)--?|\u2191|\u2193|[(\[](?:hh?|ll?)[)\]])\s*$", re.IGNORECASE
)
"""A plus or minus only after a space: "900+" may be a bound."""
_SPACED = re.compile(r"\d{1,3}(?:[\s'\u2019\u00a0\u2009\u202f]\d{3})+(?:[.,]\d+)?")
_PAIR = re.compile(r"\[\s*(?P<low>\d[\d.]*)\s*,\s+(?P<high>\d[\d.]*)\s*\]")
"""A range as a case file writes it; without the space its comma may mark decimals."""

_RANGE = re.compile(r"^[(\[]?\s*(\S.*?)\s*(?:-|\u2013|\u2014|\.\.\.?|\bto\b|\bbis\b|\ba\b)\s*(\S.*?)\s*[)\]]?$")


@dataclass(frozen=True, slots=True)
class Written:
    """What stands in a cell for a value: a number with its bound and flag, a word, or nothing."""

    number: float | None = None
    comparator: Comparator | None = None
    flag: Interpretation | None = None
    is_missing: bool = False


def read_value(text: str, points: Points, where: str) -> Written | None:
    """What a cell says.

    Parameters
    ----------
    text : str
        "2.23", "> 900", "1,2 H", "normal", "hemolyzed", "".
    points : str
    where : str
        For messages.

    Returns
    -------
    Written or None
        None: words that are not understood.

    Raises
    ------
    AmbiguousResult
        A number that can be read in two ways, such as "1,234", or a negative one.
    """
    text = text.strip()
    plain = folded(text)
    if not text or NO_VALUE.fullmatch(plain):
        return Written(is_missing=True)
    if plain in FLAGS and "+" not in plain:
        return Written(flag=FLAGS[plain])
    flag = _FLAG.search(text)
    interpretation = FLAGS.get(flag[1].strip("()[]").lower()) if flag else None
    body = text[: flag.start()].strip() if flag else text
    sign = _COMPARATOR.match(body)
    number = read_number(body[sign.end() :] if sign else body, points, where)
    return None if number is None else Written(number, COMPARATORS[sign[1]] if sign else None, interpretation)


def read_number(text: str, points: Points, where: str) -> float | None:
    """A number with a decimal point or comma, perhaps with marks between thousands; None where it is none.

    Raises
    ------
    AmbiguousResult
        "1,234" is one and a quarter or a thousand; so is "1.234" where ``points`` are unclear. A negative number
        is no result either.
    """
    text = text.strip()
    if _SPACED.fullmatch(text):
        text = re.sub(r"[\s'\u2019\u00a0\u2009\u202f]", "", text)
    if re.fullmatch(r"[-\u2212]\s*\d[\d.,]*", text):
        raise AmbiguousResult(f"{where}: met the negative number {text[:20]!r}, expected a result of 0 or more")
    if re.fullmatch(r"\d+(\.\d+)?[eE][+-]?\d+", text):
        return float(text)
    if not re.fullmatch(r"\d*[.,]?\d+|\d+(?:[.,]\d+)+", text):
        return None
    return float(_with_point(text, points, where))


def read_range(text: str, points: Points, where: str) -> tuple[float | None, float | None] | None:
    """A reference range: "0.8-1.5", "0,8 bis 1,5", "[0.8, 1.5]", "< 5", "> 60"; None where it is not understood.

    Raises
    ------
    AmbiguousResult
        A number of it can be read in two ways, or its low end lies over its high end.
    """
    text = text.strip()
    pair = _PAIR.fullmatch(text)
    if pair:
        text = f"{pair['low']}-{pair['high']}"
    sign = _COMPARATOR.match(text)
    if sign:
        number = read_number(text[sign.end() :], points, where)
        return None if number is None else ((None, number) if "<" in COMPARATORS[sign[1]] else (number, None))
    ends = _RANGE.match(text)
    if ends is None:
        return None
    low, high = read_number(ends[1], points, where), read_number(ends[2], points, where)
    if low is None or high is None:
        return None
    if low > high:
        raise AmbiguousResult(f"{where}: met a reference range from {low:g} to {high:g}, expected low before high")
    return low, high


def without_unit(text: str, unit: str) -> str:
    """A range without the unit that some laboratories repeat behind it, in a spelling of their own."""
    plain, ending = (folded(one).replace("\u03bc", "u") for one in (text, unit))
    return plain[: -len(ending)] if ending and plain.endswith(ending) else text


def read_flag(text: str) -> Interpretation | None:
    """What a flag says; None where it says neither low, normal nor high."""
    return FLAGS.get(folded(text))


def points_in(texts: list[str], *, may_be_thousands: bool) -> Points:
    """What points mean in an input, from all its numbers.

    Parameters
    ----------
    texts : list of str
        The cells that hold numbers.
    may_be_thousands : bool
        The input has the form that decimal commas come in, such as semicolons between cells.
    """
    commas = any(re.search(r"(?<!\d)(?:0|\d+),(?:\d{1,2}|\d{4,})(?!\d)|(?<![\d.,])0,\d+", text) for text in texts)
    points = any(re.search(r"(?<![\d.,])(?:0\.\d+|\d+\.(?:\d{1,2}|\d{4,}))(?![\d.,])", text) for text in texts)
    return "unclear" if commas or (may_be_thousands and not points) else "decimal"


def folded(text: str) -> str:
    """A text in lower case, without accents and with single spaces."""
    text = unicodedata.normalize("NFKD", text).casefold()
    return " ".join("".join(letter for letter in text if not unicodedata.combining(letter)).split())


def _with_point(text: str, points: Points, where: str) -> str:
    """The number with a decimal point and no other mark."""
    marks = [mark for mark in text if mark in ".,"]
    if not marks:
        return text
    whole, _, fraction = text.rpartition(marks[-1])
    if len(set(marks)) == 2 or len(marks) > 1:
        groups = re.split(r"[.,]", whole)
        if len(set(marks)) == 1:
            groups, fraction = [*groups, fraction], ""
        if len(set(marks[:-1])) > 1 or not _are_thousands(groups):
            raise AmbiguousResult(f"{where}: met {text[:20]!r}, which is no number; expected one such as 1234.5")
        return "".join(groups) + (f".{fraction}" if fraction else "")
    could_be_thousands = len(fraction) == 3 and re.fullmatch(r"[1-9]\d{0,2}", whole) is not None
    if could_be_thousands and (marks[0] == "," or points == "unclear"):
        raise AmbiguousResult(
            f"{where}: met {text[:20]!r}, which can be {whole}.{fraction} or {whole}{fraction}; "
            f"expected one form: write {whole}.{fraction}0 or {whole}{fraction}"
        )
    return f"{whole or '0'}.{fraction}"


def _are_thousands(groups: list[str]) -> bool:
    return bool(re.fullmatch(r"[1-9]\d{0,2}", groups[0])) and all(re.fullmatch(r"\d{3}", group) for group in groups[1:])
