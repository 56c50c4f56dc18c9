"""Amounts with their units and reference ranges in a plain sentence."""

from __future__ import annotations

import re
from dataclasses import dataclass

from calcimeter.errors import UnknownUnit
from calcimeter.knowledge.analytes import analytes
from calcimeter.load.case_text.numbers import NUMBER, Commas, decimal
from calcimeter.load.case_text.phrases import Mention
from calcimeter.model.case import Comparator
from calcimeter.units import convert, resolve

PER = r"\s?(?:/|per)\s?"
LITER = r"(?:l|lit(?:er|re)s?)(?:2|\u00b2)?"
SMALL_LITER = r"(?:dl|decilit(?:er|re)s?|ml|millilit(?:er|re)s?|l|lit(?:er|re)s?)(?:2|\u00b2)?"
SMALLER = r"(?:milli|micro|nano|pico|mc|[munp])?"
MOLES = rf"{SMALLER}mol(?:es?)?(?:2|\u00b2)?{PER}{LITER}"
MASS = rf"{SMALLER}g(?:rams?)?(?:2|\u00b2)?{PER}{SMALL_LITER}"
FLOW = r"ml(?:/| per )min(?:ute)?(?:(?:\s?/\s?| per )1[.,]73\s?m(?:2|\^2|\u00b2)?)?"
UNIT = (
    rf"(?:{FLOW}|mm(?:/| per )(?:hour|hr|h)|{MOLES}|{MASS}|{SMALLER}kat(?:als?)?{PER}{LITER}|"
    rf"(?:iu|u|ru|units|international units){PER}{SMALL_LITER}|meq{PER}{LITER}|mg\s?%|mg/100 ?ml|%)"
)
WRITTEN_OUT = (
    ("internationalunits", "u"), ("units", "u"), ("deciliter", "dl"), ("milliliter", "ml"), ("liter", "l"),
    ("hour", "h"), ("minute", "min"), ("milli", "m"), ("micro", "u"), ("mc", "u"), ("nano", "n"), ("pico", "p"),
    ("mole", "mol"), ("gram", "g"), ("katal", "kat"), ("per", "/"),
)  # fmt: skip
"""What journals write out, in the order in which it is shortened; a plural s and "litre" are brought to these first."""

MORE, LESS = "more|greater|higher|over|above|exceeding|exceeded|exceeds", "less|lower|below|under"
BOUND = rf"(?P<bound>>=|<=|>|<|\u2265|\u2264|(?:{MORE}|{LESS})(?: than)?|at least|up to)"
AMOUNT = re.compile(rf"(?:{BOUND}\s*)?(?<![\w.,/])(?P<value>{NUMBER})(?:\s*(?P<unit>{UNIT}))?(?![\w/])")
RANGE = re.compile(
    r"(?:[(\[]|[;,]\s*(?=normal|ref|nr\b|range))(?P<words>[^()\[\]\d<>;,]*?(?:,\s*)?)"
    rf"(?:(?P<low>{NUMBER})\s*(?:-|to|and)\s*(?P<high>{NUMBER})|(?:<|up to|less than|below)\s*(?P<top>{NUMBER})|"
    rf"(?:>|more than|above|greater than)\s*(?P<floor>{NUMBER}))\s*(?P<unit>{UNIT})?(?:[^()\[\]\d;,.]*[)\]])?"
)
UNIT_BEHIND = re.compile(rf"\s*(?P<unit>{UNIT})(?![\w/])")
"""The unit behind the range: "6.9 (2.5-4.5) mg/dL"."""

AGAIN = re.compile(rf"\s*[(\[](?P<value>{NUMBER})\s*(?P<unit>{UNIT})[)\]]")
SAME_RESULT = 1.15
"""One result in two units differs by rounding alone: "0.6 mmol/L (1.9 mg/dL)"."""

BOUNDS: dict[str, Comparator] = {
    ">": ">", "<": "<", ">=": ">=", "<=": "<=", "\u2265": ">=", "\u2264": "<=", "at least": ">=", "up to": "<="
}  # fmt: skip
SPELLED = {"mg/100ml": "mg/dl", "mg%": "mg/dl", "mm/hour": "mm/h", "mm/hr": "mm/h", "ru/ml": "{RU}/mL"}
NITROGEN = re.compile(r"nitrogen|\bbun\b")

Reference = tuple[float | None, float | None]


@dataclass(frozen=True, slots=True)
class Amount:
    """A result's number as read; ``unit`` is a UCUM code that the analyte can have."""

    value: float
    unit: str
    comparator: Comparator | None
    reference: Reference | None


def unit_of(said: str | None, analyte: Mention, text: str) -> str | None:
    """The UCUM code of a unit written behind an analyte; None where there is none, or the analyte has no such unit."""
    known = analytes().get(analyte.term)
    if said is None or known is None:
        return None
    bare = _short(re.sub(r"[\s^]", "", said).replace(",", "."))
    bare = "ml/min/{1.73_m2}" if bare.startswith("ml/min/1.73") else SPELLED.get(bare, bare)
    if NITROGEN.search(text[analyte.start : analyte.end]) and bare == "mg/dl":
        bare = "mg{N}/dL"
    try:
        return resolve(bare, known.quantity)
    except UnknownUnit:
        return None


def _short(said: str) -> str:
    """A unit without spaces as its symbols: "microgramsperlitre" -> "ug/l"."""
    said = re.sub(r"(liter|mole|gram|katal)s", r"\1", said.replace("litre", "liter"))
    for words, symbol in WRITTEN_OUT:
        said = said.replace(words, symbol)
    return said


@dataclass(frozen=True, slots=True)
class Value:
    """The number of a value, and the amount whose unit and range are its own; or why it is left open."""

    number: re.Match[str]
    unit: re.Match[str]
    doubt: str | None = None


def read_amount(text: str, analyte: Mention, found: Value, commas: Commas) -> Amount | str:
    """The number that stands behind an analyte, or the reason why it can't be read."""
    reference, unit_of_range = _reference(text, found.unit.end(), commas)
    unit = unit_of(found.number.group("unit") or found.unit.group("unit") or unit_of_range, analyte, text)
    if unit is None:
        return "a number without a unit"
    value = decimal(found.number.group("value"), commas=commas)
    if value is None:
        return "a comma or point that may mark decimals or group thousands"
    if _contradicted(text, analyte, (found.number.end(), value, unit), commas):
        return "the same result in two units that contradict each other"
    return Amount(value, unit, _comparator(found.number.group("bound")), reference)


def _contradicted(text: str, analyte: Mention, read: tuple[int, float, str], commas: Commas) -> bool:
    """Whether brackets behind a number give it in another unit, and are none of it: "2.1 mmol/L (12 mg/dL)"."""
    end, value, unit = read
    again = AGAIN.match(text, end)
    other = unit_of(again["unit"], analyte, text) if again else None
    number = decimal(again["value"], commas=commas) if again else None
    if other is None or not number or not value:
        return False
    quantity = analytes()[analyte.term].quantity
    ratio = convert(number, other, quantity) / convert(value, unit, quantity)
    return not 1 / SAME_RESULT <= ratio <= SAME_RESULT


def without_amounts(text: str) -> str:
    """Without numbers and what stands in brackets, so that only words are left."""
    return AMOUNT.sub(" ", re.sub(r"\([^)]*\)", " ", text))


def _comparator(said: str | None) -> Comparator | None:
    if said is None or said in BOUNDS:
        return None if said is None else BOUNDS[said]
    return ">" if said.split()[0] in MORE.split("|") else "<"


def _reference(text: str, at: int, commas: Commas) -> tuple[Reference | None, str | None]:
    """The reference range in brackets behind a value, and the unit in them or behind them."""
    match = RANGE.search(text, at)
    if not match or not re.fullmatch(r"[\s,]*(?:\w+[\s,]+){0,3}", text[at : match.start()]):
        return None, None
    ends = {name: decimal(said, commas=commas) for name, said in match.groupdict().items() if said and name in ENDS}
    low, high = ends.get("low", ends.get("floor")), ends.get("high", ends.get("top"))
    behind = UNIT_BEHIND.match(text, match.end())
    unit = match.group("unit") or (behind.group("unit") if behind else None)
    return (None if low is None and high is None else (low, high)), unit


ENDS = ("low", "high", "top", "floor")
