"""Numbers and terms as people read them: sensible digits, the unit always there."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # a ranking in the shell, which needs these words, has no time to load numpy
    from calcimeter.model.measures import Estimate

NBSP = "\u00a0"
"""A space that keeps a number and its unit on one line."""

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
    return f"{length_digits(mm)}{NBSP}mm"


def length_digits(mm: float) -> str:
    """The digits of ``length``."""
    return number(mm, 1 if abs(mm) < 99.95 else 0)


def product(*lengths_mm: float) -> str:
    """Lengths as "27.9 × 18.2 mm"."""
    return f"{NBSP}×{NBSP}".join(length_digits(mm) for mm in lengths_mm) + f"{NBSP}mm"


def volume(mm3: float) -> str:
    """A volume of three digits: mm³ below 1 mL, L from 1000 mL."""
    if mm3 < 999.5:
        return f"{number(mm3)}{NBSP}mm³"
    if mm3 < 999.5e3:
        return f"{_three_digits(mm3 / 1e3)}{NBSP}mL"
    return f"{_three_digits(mm3 / 1e6)}{NBSP}L"


def milliliters(mm3: float) -> str:
    """The digits of a volume in mL, for columns: to the cubic millimeter below 1 mL."""
    return number(mm3 / 1e3, 3) if mm3 < 999.5 else _three_digits(mm3 / 1e3)


def hounsfield(hu: float) -> str:
    """A density in HU."""
    return f"{number(hu)}{NBSP}HU"


def interval(estimate: Estimate, kind: str) -> str | None:
    """The 95 % interval of a length or volume as "27.3–28.5 mm"; None where it isn't known."""
    if estimate.low is None or estimate.high is None:
        return None
    if kind == "length":
        return f"{length_digits(estimate.low)}–{length_digits(estimate.high)}{NBSP}mm"
    if estimate.high < 999.5:
        return f"{number(estimate.low)}–{number(estimate.high)}{NBSP}mm³"
    digits = 2 if estimate.high < 9995 else 1 if estimate.high < 99.95e3 else 0
    return f"{number(estimate.low / 1e3, digits)}–{number(estimate.high / 1e3, digits)}{NBSP}mL"


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


def _three_digits(value: float) -> str:
    return number(value, 2 if value < 9.995 else 1 if value < 99.95 else 0)


def percent(probability: float) -> str:
    """Whole percent; what is below one is said to be so, and nothing is certain."""
    if probability < 0.01:
        return "< 1 %"
    return "> 99 %" if probability > 0.99 else f"{number(100 * probability)} %"
