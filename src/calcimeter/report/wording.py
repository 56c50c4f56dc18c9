"""Numbers and terms as people read them: sensible digits, the unit always there."""

from __future__ import annotations

from collections.abc import Sequence
from math import floor, log10
from typing import TYPE_CHECKING, Literal, NamedTuple

if TYPE_CHECKING:  # a ranking in the shell, which needs these words, has no time to load numpy
    from calcimeter.model.measures import Estimate

NBSP = "\u00a0"
"""A space that keeps a number and its unit on one line."""

Kind = Literal["length", "volume", "mass"]
"""Of an estimate, in mm, mm³ or mg."""

_SMALL_NUMBERS = (
    "no",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
)

# Nouns whose first word takes the plural: "calcifications inside a joint".
_PLURAL_HEADS = {"calcification", "piece", "object", "collection", "focus"}


def number(value: float, digits: int = 0) -> str:
    """A number with a true minus sign and a thin space between thousands."""
    return f"{value:,.{digits}f}".replace(",", "\u202f").replace("-", "\u2212")


def length(mm: float) -> str:
    """A length: a tenth of a millimeter below 10 cm, whole millimeters above."""
    return _written(mm, _length_scale(mm))


def length_digits(mm: float) -> str:
    """The digits of ``length``."""
    return number(mm, _length_scale(mm).digits)


def product(*lengths_mm: float) -> str:
    """Lengths as "27.9 × 18.2 mm"."""
    return f"{NBSP}×{NBSP}".join(length_digits(mm) for mm in lengths_mm) + f"{NBSP}mm"


def volume(mm3: float) -> str:
    """A volume of three digits: mm³ below 1 mL, L from 1000 mL."""
    return _written(mm3, _volume_scale(mm3))


def mass(mg: float) -> str:
    """A mass of three digits: mg below 1 g."""
    return _written(mg, _mass_scale(mg))


def three_digits(value: float) -> str:
    """A number to three digits, and whole from 100 on."""
    return number(value, _places(value))


def milliliters(mm3: float) -> str:
    """The digits of a volume in mL, for columns: to the cubic millimeter below 1 mL."""
    return number(mm3 / 1e3, 3) if mm3 < 999.5 else three_digits(mm3 / 1e3)


def hounsfield(hu: float) -> str:
    """A density in HU."""
    return f"{number(hu)}{NBSP}HU"


def estimated(estimate: Estimate, kind: Kind) -> str:
    """A value with its 95 % interval as "86.8 mL (79.3–94.3)"; the value alone where that isn't known."""
    ends = _ends(estimate, kind)
    return best(estimate, kind) + (f" ({ends})" if ends else "")


def best(estimate: Estimate, kind: Kind) -> str:
    """The value with its unit, to as many digits as its interval supports."""
    return _written(estimate.value, _supported(estimate, kind))


def interval(estimate: Estimate, kind: Kind) -> str | None:
    """The 95 % interval as "27.3–28.5 mm", in the unit of the value and to as many digits; None where not known."""
    ends = _ends(estimate, kind)
    return None if ends is None else f"{ends}{NBSP}{_supported(estimate, kind).unit}"


def _ends(estimate: Estimate, kind: Kind) -> str | None:
    if estimate.low is None or estimate.high is None:
        return None
    scale = _supported(estimate, kind)
    return "–".join(number(end / scale.divisor, scale.digits) for end in (estimate.low, estimate.high))


def _supported(estimate: Estimate, kind: Kind) -> _Scale:
    """The scale of a value, with no more digits than leave two to half of its interval."""
    scale = _SCALES[kind](estimate.value)
    if estimate.low is None or estimate.high is None or estimate.high <= estimate.low:
        return scale
    half = (estimate.high - estimate.low) / 2 / scale.divisor
    return scale._replace(digits=min(scale.digits, max(1 - floor(log10(half)), 0)))


def count(n: int, noun: str) -> str:
    """A counted noun: "one lesion", "13 lesions"; the head of the noun takes the plural."""
    words = _SMALL_NUMBERS[n] if n < len(_SMALL_NUMBERS) else number(n)
    return f"{words} {noun if n == 1 else plural(noun)}"


def rejected_words(n: int) -> str:
    """What a reader took out of a result."""
    return f"{count(n, 'focus')} {'was' if n == 1 else 'were'} rejected by a reader"


def plural(noun: str) -> str:
    """The plural of a noun, or of the head of "calcification inside a joint"."""
    head, _, rest = noun.partition(" ")
    if rest and head in _PLURAL_HEADS:
        return f"{head}s {rest}"
    if "focus" in noun:
        return noun.replace("focus", "foci")
    return f"{noun}s"


def term(word: str) -> str:
    """A vocabulary term for reading: "greater_trochanter" as "greater trochanter"."""
    return word.replace("_", " ")


def enumeration(words: Sequence[str]) -> str:
    """Words joined as "a, b and c"; nothing for none."""
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} and {words[-1]}"


def lesion_numbers(ids: Sequence[int]) -> str:
    """Lesion ids with runs drawn together: "lesion 4", "lesions 2, 5 to 8 and 11"."""
    runs: list[list[int]] = []
    for lesion_id in sorted(ids):
        if runs and lesion_id == runs[-1][-1] + 1:
            runs[-1].append(lesion_id)
        else:
            runs.append([lesion_id])
    words = [word for run in runs for word in ([f"{run[0]} to {run[-1]}"] if len(run) > 2 else [str(i) for i in run])]
    return f"{'lesion' if len(ids) == 1 else 'lesions'} {enumeration(words)}"


def sentence(words: str) -> str:
    """Words with a capital first letter and one full stop."""
    return f"{words[:1].upper()}{words[1:].rstrip('.')}." if words else ""


def percent(probability: float) -> str:
    """Whole percent; what is below one is said to be so, and nothing is certain."""
    if probability < 0.01:
        return "< 1 %"
    return "> 99 %" if probability > 0.99 else f"{number(100 * probability)} %"


class _Scale(NamedTuple):
    """How a quantity is written: in units of ``divisor`` of the field's own, to so many decimal places."""

    divisor: float
    unit: str
    digits: int


def _length_scale(mm: float) -> _Scale:
    return _Scale(1, "mm", 1 if abs(mm) < 99.95 else 0)


def _volume_scale(mm3: float) -> _Scale:
    if mm3 < 999.5:
        return _Scale(1, "mm³", 0)
    divisor, unit = (1e3, "mL") if mm3 < 999.5e3 else (1e6, "L")
    return _Scale(divisor, unit, _places(mm3 / divisor))


def _mass_scale(mg: float) -> _Scale:
    return _Scale(1, "mg", 0) if mg < 999.5 else _Scale(1e3, "g", _places(mg / 1e3))


_SCALES = {"length": _length_scale, "volume": _volume_scale, "mass": _mass_scale}


def _places(value: float) -> int:
    """Decimal places that make three digits."""
    return 2 if value < 9.995 else 1 if value < 99.95 else 0


def _written(value: float, scale: _Scale) -> str:
    return f"{number(value / scale.divisor, scale.digits)}{NBSP}{scale.unit}"
