"""Blood results in sentences: analyte, value, unit, bound, reference range, or a word such as "elevated"."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from calcimeter.errors import CalcimeterError
from calcimeter.load.case_text.amounts import AMOUNT, RANGE, Amount, Value, read_amount, unit_of
from calcimeter.load.case_text.claims import Claim
from calcimeter.load.case_text.levels import FILLER, LEVELS, span_with_level, spoken_levels
from calcimeter.load.case_text.negation import Status, status
from calcimeter.load.case_text.numbers import Commas
from calcimeter.load.case_text.phrases import Mention, any_of, find, longest, phrases
from calcimeter.load.case_text.sentences import Sentence
from calcimeter.load.case_text.trends import TREATED, is_before_treatment, is_under_treatment, presenting
from calcimeter.load.case_text.unmeasured import LIMIT, why_not_measured
from calcimeter.load.labs.case_list import lab_results
from calcimeter.model.case import LabResult

UNSPECIFIED = "unspecified_"
DIRECTLY = re.compile(rf"\s*(?:(?:{FILLER}|was|were|is|:|=|-)\s*)*")
"""What stands between an analyte and a number so close that it must be meant as the value, even without a unit."""


@dataclass(frozen=True, slots=True)
class Result:
    """A blood result and where it stands in the text."""

    lab: LabResult
    place: tuple[int, int]


def labs(told: Iterable[Sentence], commas: Commas) -> tuple[list[Result], list[Claim]]:
    """Results in the order told, the first of each analyte, and what could not be read.

    A number without a unit, with one that the analyte does not have, with an ambiguous comma or beyond belief is not
    taken, nor are results of the time after a treatment, of a relative, or of patients in general.
    """
    found: dict[str, Result] = {}
    left: list[Claim] = []
    for sentence in told:
        if not sentence.of_patient or sentence.states:
            continue
        for result in _of_sentence(sentence, commas):
            if isinstance(result, Claim):
                left.append(result)
            elif sentence.late and not is_before_treatment(sentence, result.place):
                left.append(Claim(result.lab.analyte, None, result.place, "a result of the time after a treatment"))
            else:
                found[result.lab.analyte] = _first(found.get(result.lab.analyte), result)
    return list(found.values()), [claim for claim in left if claim.term not in found]


def _first(known: Result | None, new: Result) -> Result:
    """The first that was told, but a number before a word."""
    if known is None:
        return new
    if known.lab.value is None and new.lab.value is not None:
        return Result(replace(new.lab, interpretation=new.lab.interpretation or known.lab.interpretation), new.place)
    return known


def _of_sentence(sentence: Sentence, commas: Commas) -> Iterator[Result | Claim]:
    yield from _states(sentence, commas)
    named = _analytes(sentence)
    if not named:
        return
    values, levels = _values(sentence, named), spoken_levels(sentence.text, named)
    for k, one in enumerate(named):
        told = (values.get(k), levels.get(k))
        if told == (None, None):
            continue
        said = status(sentence, one)
        if said in (Status.FAMILY, Status.UNCERTAIN):
            yield Claim(one.term.removeprefix(UNSPECIFIED), None, sentence.place(one), str(said))
        elif (why := why_not_measured(sentence, one, told[0])) is not None:
            yield from _unmeasured(sentence, one, told[1], why)
        else:
            yield from _result(sentence, one, told, commas)


def _unmeasured(sentence: Sentence, one: Mention, level: str | None, why: str) -> Iterator[Result | Claim]:
    """What is left of a result whose number is none of the patient's: over a limit is high, whatever the limit is."""
    place = sentence.place(one)
    yield Claim(one.term.removeprefix(UNSPECIFIED), None, place, why)
    if why is LIMIT and level in ("high", "low") and not one.term.startswith(UNSPECIFIED):
        yield Result(LabResult(one.term, interpretation=level), place)  # type: ignore[arg-type]


def _analytes(sentence: Sentence) -> list[Mention]:
    """Analytes of the blood that a sentence names; "fluid-calcium level" and a medicine are none."""
    groups = [
        Mention(term, match.start(), match.end())
        for group in phrases()["analyte_groups"]
        for match in any_of(group["phrases"]).finditer(sentence.text)
        for term in group["terms"]
    ]
    kinds = ("ignored.phrases", "ignored.not_blood", "findings", "diagnoses")
    others = [*groups, *(no for kind in kinds for no in find(kind, sentence.text))]
    found = longest(find("analytes", sentence.text))
    kept = [one for one in found if not any(no.start <= one.start and one.end <= no.end for no in others)] + groups
    return sorted(kept, key=lambda one: one.start)


def _values(sentence: Sentence, named: list[Mention]) -> dict[int, Value]:
    """The amount of each analyte: what follows it before the next one, or in the same order with "respectively"."""
    text = sentence.text
    taken = [match.span() for match in RANGE.finditer(text)] + [(one.start, one.end) for one in named]
    amounts = [match for match in AMOUNT.finditer(text) if not any(a <= match.start() < b for a, b in taken)]
    with_unit = [match for match in amounts if match.group("unit")]
    if "respectively" in text and len(with_unit) == len(named) and with_unit[0].start() > named[-1].end:
        return {k: Value(amount, amount) for k, amount in enumerate(with_unit)}
    found: dict[int, Value] = {}
    for k, one in enumerate(named):
        end = next((other.start for other in named[k + 1 :]), len(text))
        behind = [match for match in amounts if one.end <= match.start() < end]
        behind = [match for match in behind if ";" not in text[one.end : match.start()]]
        fitting = [match for match in behind if unit_of(match.group("unit"), one, text)]
        without = [match for match in behind if not match.group("unit")]
        bare = [match for match in without if DIRECTLY.fullmatch(text, one.end, match.start())]
        if fitting:
            found[k] = presenting(sentence, one.end, fitting, without)
        elif bare:
            found[k] = Value(bare[0], bare[0])
    return found


def _result(
    sentence: Sentence, one: Mention, told: tuple[Value | None, str | None], commas: Commas
) -> Iterator[Result | Claim]:
    """What is known of one analyte; nothing where the sentence only names it."""
    amount, level = told
    place = sentence.place(one)
    if one.term.startswith(UNSPECIFIED):
        if amount is not None or level:
            yield Claim(one.term.removeprefix(UNSPECIFIED), None, place, "which of its forms was measured is not said")
        return
    is_total = one.term == "calcium" and "total" in sentence.text[one.start : one.end]
    lab = LabResult(one.term, kind="total" if is_total else None)
    if level in LEVELS:
        lab = replace(lab, interpretation=level)  # type: ignore[arg-type]
    if amount is not None:
        lab = _flagged(lab, sentence.text[amount.unit.end() :]) if amount.number is amount.unit else lab
        read = amount.doubt or read_amount(sentence.text, one, amount, commas)
        if amount.doubt is not None:
            lab = replace(lab, interpretation=None)
        if isinstance(read, Amount):
            end = max(place[1], sentence.start + max(amount.number.end(), amount.unit.end()))
            yield _believed(lab, read, (place[0], end))
            return
        yield Claim(one.term, None, place, read)
    if lab.interpretation is not None and is_under_treatment(sentence, one.start, len(sentence.text)):
        yield Claim(one.term, None, place, TREATED)
    elif lab.interpretation is not None:
        begin, end = span_with_level(sentence.text, one)
        yield Result(lab, (sentence.start + begin, sentence.start + end))
    elif level is not None and amount is None:
        yield Claim(one.term, None, place, "neither low, normal nor high")


def _flagged(lab: LabResult, behind: str) -> LabResult:
    """With the laboratory's own letter behind the number: "7.2 mg/dL (H)"."""
    flag = re.match(r"\s*[(\[](h|l|high|low)[)\]]", behind)
    if flag is None or lab.interpretation is not None:
        return lab
    return replace(lab, interpretation="high" if flag.group(1)[0] == "h" else "low")


def _believed(lab: LabResult, read: Amount, place: tuple[int, int]) -> Result | Claim:
    """The result as the reader of case files takes it, or its refusal: a calcium that may be ionized, a slip."""
    item = {"analyte": lab.analyte, "value": read.value, "unit": read.unit, "comparator": read.comparator}
    item |= {"interpretation": lab.interpretation, "kind": lab.kind}
    if read.reference is not None:
        item["reference"] = list(read.reference)
    try:
        lab_results([item])
    except CalcimeterError:
        return Claim(lab.analyte, None, place, "a number, unit or range that contradict what the analyte can be")
    return Result(
        replace(lab, value=read.value, unit=read.unit, comparator=read.comparator, reference=read.reference), place
    )


def _states(sentence: Sentence, commas: Commas) -> Iterator[Result | Claim]:
    """One word for a level, such as hyperphosphatemia, with the number in brackets behind it."""
    for level in LEVELS:
        for one in find(f"states.{level}", sentence.text):
            inside = any(no.holds(one) for no in find("diagnoses", sentence.text))
            if inside or status(sentence, one) is not Status.PRESENT:
                continue
            lab = LabResult(one.term, interpretation=level)  # type: ignore[arg-type]
            amount = AMOUNT.match(sentence.text, one.end + 2) if sentence.text[one.end : one.end + 2] == " (" else None
            read = None if amount is None else read_amount(sentence.text, one, Value(amount, amount), commas)
            if amount is not None and isinstance(read, Amount):
                yield _believed(lab, read, (sentence.start + one.start, sentence.start + amount.end()))
            else:
                yield Result(lab, sentence.place(one))
