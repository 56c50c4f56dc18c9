"""Sentences that know which fields they were made from."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from string import Formatter

from calcimeter.report.wording import NBSP, count, hounsfield, length_digits, number, percent, volume
from calcimeter.report.wording import sentence as with_full_stop
from calcimeter.report.wording import term as readable
from calcimeter.report.writeup.facts import Fact


@dataclass(frozen=True, slots=True)
class Shown:
    """A field, and how it stands in a sentence."""

    fact: Fact
    text: str


@dataclass(frozen=True, slots=True)
class Words:
    """Text, and the fields that it tells, in order. Numbers come from fields alone, never from the text around them."""

    text: str
    shown: tuple[Shown, ...]


def show(fact: Fact, text: str) -> Words:
    """A field in words of one's choice."""
    return Words(text, (Shown(fact, text),))


def say(template: str, **parts: Words | None) -> Words | None:
    """Words put into a template; None where one of them is not known, for half a sentence would mislead."""
    known = {name: words for name, words in parts.items() if words is not None}
    if len(known) < len(parts):
        return None
    names = [name for _, name, _, _ in Formatter().parse(template) if name]
    shown = tuple(one for name in names for one in known[name].shown)
    return Words(template.format(**{name: words.text for name, words in known.items()}), shown)


def sentence(words: Words) -> Words:
    """With a capital and a full stop."""
    return Words(with_full_stop(words.text), words.shown)


def listed(several: Sequence[Words], last: str = "and") -> Words | None:
    """Words joined as "a, b and c"; None of none."""
    if not several:
        return None
    texts = [words.text for words in several]
    text = texts[0] if len(texts) == 1 else f"{', '.join(texts[:-1])} {last} {texts[-1]}"
    return Words(text, tuple(one for words in several for one in words.shown))


def together(several: Iterable[Words | None], between: str = ", ") -> Words | None:
    """What is known of several, one after the other; None where nothing is."""
    known = [words for words in several if words is not None]
    if not known:
        return None
    return Words(between.join(words.text for words in known), tuple(one for words in known for one in words.shown))


def term(fact: Fact) -> Words | None:
    """A word of the vocabulary, or a text as it stands."""
    return show(fact, readable(str(fact.value))) if fact.known and fact.value != "" else None


def without_advice(fact: Fact) -> Words | None:
    """A message without what it tells its user to change in a file or a call: a reader of the draft has neither."""
    if not fact.known or fact.value == "":
        return None
    said, _, advice = str(fact.value).rpartition("; ")
    return show(fact, said if said and ("`" in advice or "--" in advice) else str(fact.value))


def counted(fact: Fact, noun: str) -> Words | None:
    """How many there are: of a number, or of a list."""
    if not fact.known:
        return None
    return show(fact, count(len(fact.value) if isinstance(fact.value, list) else int(fact.value), noun))


def digits(fact: Fact, places: int = 0) -> Words | None:
    """A number; of an estimate its value."""
    fact = _value(fact)
    return show(fact, number(float(fact.value), places)) if fact.known else None


def millimeters(*facts: Fact) -> Words | None:
    """Lengths as "27.9 × 18.2 mm"; of estimates their values."""
    values = [_value(fact) for fact in facts]
    if not all(fact.known for fact in values):
        return None
    shown = tuple(Shown(fact, length_digits(float(fact.value))) for fact in values)
    return Words(" × ".join(one.text for one in shown) + f"{NBSP}mm", shown)


def amount(fact: Fact) -> Words | None:
    """A volume with its interval, where that is known."""
    return _with_interval(fact, volume)


def grams(fact: Fact) -> Words | None:
    """A mass in mg as grams, below one gram as milligrams, with its interval."""
    return _with_interval(fact, _mass)


def density(fact: Fact) -> Words | None:
    """HU."""
    return show(fact, hounsfield(float(fact.value))) if fact.known else None


def share(fact: Fact) -> Words | None:
    """A probability, as reports show it."""
    return show(fact, percent(float(fact.value)).replace(" ", NBSP)) if fact.known else None


def _mass(milligrams: float) -> str:
    if milligrams >= 999.5:
        return f"{number(milligrams / 1e3, 1)}{NBSP}g"
    return f"{number(milligrams, 0 if milligrams >= 9.95 else 1)}{NBSP}mg"


def _with_interval(fact: Fact, written: Callable[[float], str]) -> Words | None:
    value = _value(fact)
    if not value.known:
        return None
    best = show(value, written(float(value.value)))
    low, high = (fact[name] for name in ("low", "high"))
    if not low.known or not high.known:
        return best
    texts = [written(float(end.value)) for end in (low, high)]
    if texts[0].partition(NBSP)[2] == texts[1].partition(NBSP)[2]:
        texts[0] = texts[0].partition(NBSP)[0]  # "128 to 133 mL"
    ends = [show(end, text) for end, text in zip((low, high), texts, strict=True)]
    return say("{best} ({low} to {high})", best=best, low=ends[0], high=ends[1])


def _value(fact: Fact) -> Fact:
    return fact["value"] if isinstance(fact.value, dict) else fact
