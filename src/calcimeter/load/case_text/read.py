"""A case text as a whole: what each reader of a part found, put together."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import TypeVar

from calcimeter.errors import UnreadableInput
from calcimeter.load.case_text import stated
from calcimeter.load.case_text.claims import Claim, claims, settled
from calcimeter.load.case_text.foci import foci
from calcimeter.load.case_text.labs import labs
from calcimeter.load.case_text.language import check_language, is_foreign
from calcimeter.load.case_text.lesions import is_multifocal, lesions
from calcimeter.load.case_text.numbers import use_of_commas
from calcimeter.load.case_text.phrases import plain
from calcimeter.load.case_text.sections import passages
from calcimeter.load.case_text.sentences import Sentence, sentences
from calcimeter.load.case_text.several import check_one_patient
from calcimeter.load.case_text.subject import age_and_sex
from calcimeter.load.case_text.treatments import carried_out
from calcimeter.model.case import Case, Subject, Treatment

MAX_LETTERS = 100_000
"""Longer than any case report, and read in some seconds."""

UNSPECIFIED = "unspecified_"
Item = TypeVar("Item")
Places = dict[str, tuple[int, int]]


@dataclass(frozen=True, slots=True)
class LeftOut:
    """What a text tells and the case does not hold.

    Parameters
    ----------
    what : str
        "history.trauma", "labs.calcium".
    reason : str
    place : tuple of two
        Characters of the text.
    """

    what: str
    reason: str
    place: tuple[int, int]


@dataclass(frozen=True, slots=True)
class CaseReading:
    """A case as read from a text, and what of the text it leaves open."""

    case: Case
    left_out: tuple[LeftOut, ...]


def read_case_text(text: str) -> Case:
    """Read a case report.

    Parameters
    ----------
    text : str
        English prose, with or without headings such as Eurorad's.

    Returns
    -------
    Case
        With the place of every item in ``sources``: "subject.age_years", "history.trauma", "labs.0", "sites.0",
        "lesions.0.side", "foci.0.pole", "treatments.0", "consent", "stated_differential.0", "diagnosis". Nothing
        but terms and numbers: no name, no date and no sentence. Without studies, for a text has no files.

    Raises
    ------
    UnreadableInput
        The text is empty, far too long, no text, not in English, or of several patients.

    Notes
    -----
    It fails where a text says with a picture or a table what it does not say in words; docs/reading.md lists what was
    met. What is not understood is left out, never guessed.
    """
    return read_with_reasons(text).case


def read_with_reasons(text: str) -> CaseReading:
    """The same, with what was left out and why; raises the same."""
    _check(text)
    said = plain(text)
    check_language(said)
    every = sentences(said)
    told = tuple(one for one in every if _unread(one) is None)
    check_one_patient(said, told)
    places: Places = {}
    history, open_history = settled(claims("history", told))
    findings, open_findings = settled(claims("findings", told))
    deposits, open_sites = lesions(told)
    second = is_multifocal(deposits)
    if second is not None:
        findings["multifocal"] = Claim("multifocal", value=True, place=second)
    both = _both_sides([(one.lesion.site, one.lesion.side) for one in deposits])
    if both is not None and "bilateral" not in findings:
        findings["bilateral"] = Claim("bilateral", value=True, place=deposits[both].places["site"])
    retained = foci(told)
    if retained and "parathyroid_focus" not in findings:
        findings["parathyroid_focus"] = Claim("parathyroid_focus", value=True, place=retained[0][1]["organ"])
    results, open_labs = labs(told, use_of_commas(said))
    differential, diagnosis = _concluded(said, told, places)
    case = Case(
        subject=_subject(said, told, places),
        history=_known("history", history, places),
        labs=tuple(_listed("labs", [(one.lab, one.place) for one in results], places)),
        findings=_known("findings", findings, places),
        sites=_sites([(one.lesion.site, one.places["site"]) for one in deposits], places),
        lesions=tuple(_fields("lesions", [(one.lesion, one.places) for one in deposits], places)),
        foci=tuple(_fields("foci", retained, places)),
        treatments=tuple(Treatment(what) for what in _listed("treatments", _treatments(told), places)),
        consent=_consent(told, places),
        stated_differential=differential,
        diagnosis=diagnosis,
        sources=MappingProxyType(places),
    )
    unread = [one for one in map(_unread, every) if one is not None]
    left = [
        *_left("history", open_history),
        *_left("findings", (one for one in open_findings if one.term not in findings)),
        *_left("labs", open_labs),
    ]
    left += _left("sites", open_sites)
    return CaseReading(case, tuple(sorted((*left, *_unspecified(said, told), *unread), key=lambda one: one.place)))


def _check(text: str) -> None:
    """Refuse what can be no case report."""
    if not text.strip():
        raise UnreadableInput("the text is empty; expected a case report in English")
    if len(text) > MAX_LETTERS:
        raise UnreadableInput(
            f"the text has {len(text)} characters; expected one case report of at most {MAX_LETTERS}: cut it out"
        )
    odd = sum(not (letter.isprintable() or letter.isspace()) for letter in text)
    letters = sum(letter.isalpha() for letter in text)
    if odd > len(text) // 100 or letters < len(text) // 4:
        raise UnreadableInput("this is no text: it holds few letters; expected a case report as plain text in UTF-8")


def _subject(said: str, told: tuple[Sentence, ...], places: Places) -> Subject:
    of_patient = tuple((one.start, one.start + len(one.text)) for one in told if one.of_patient)
    age, sex = age_and_sex(said, of_patient)
    if age is not None:
        places["subject.age_years"] = age[1]
    if sex is not None:
        places["subject.sex"] = sex.place
    return Subject(None if age is None else age[0], None if sex is None else sex.term)  # type: ignore[arg-type]


def _known(kind: str, found: Mapping[str, Claim], places: Places) -> Mapping[str, bool]:
    """Terms that hold and do not, in the order of the text."""
    ordered = sorted(found.values(), key=lambda claim: (claim.place, claim.term))
    places.update({f"{kind}.{claim.term}": claim.place for claim in ordered})
    return MappingProxyType({claim.term: bool(claim.value) for claim in ordered})


def _listed(kind: str, found: Sequence[tuple[Item, tuple[int, int]]], places: Places) -> list[Item]:
    places.update({f"{kind}.{k}": place for k, (_, place) in enumerate(found)})
    return [item for item, _ in found]


def _fields(kind: str, found: Sequence[tuple[Item, Mapping[str, tuple[int, int]]]], places: Places) -> list[Item]:
    """Items whose fields stand in several places."""
    for k, (_, where) in enumerate(found):
        places.update({f"{kind}.{k}.{name}": place for name, place in where.items()})
    return [item for item, _ in found]


def _sites(found: Iterable[tuple[str | None, tuple[int, int]]], places: Places) -> tuple[str, ...]:
    first: dict[str, tuple[int, int]] = {}
    for site, place in found:
        if site is not None:
            first.setdefault(site, place)
    return tuple(_listed("sites", list(first.items()), places))


def _both_sides(found: list[tuple[str | None, str | None]]) -> int | None:
    """The number of the first deposit that lies opposite to an earlier one."""
    opposite = {"left": "right", "right": "left"}
    return next((k for k, (site, side) in enumerate(found) if (site, opposite.get(side or "")) in found[:k]), None)


def _treatments(told: tuple[Sentence, ...]) -> list[tuple[str, tuple[int, int]]]:
    """Each once, in the order told."""
    first: dict[str, tuple[int, int]] = {}
    for sentence in told:
        if sentence.of_patient and not sentence.states:
            for one in carried_out(sentence):
                first.setdefault(one.term, sentence.place(one))
    return list(first.items())


def _concluded(said: str, told: tuple[Sentence, ...], places: Places) -> tuple[tuple[str, ...], str | None]:
    """The stated differential and diagnosis; what names no one kind of disease is left out."""
    parts = passages(said)
    considered = [one for one in stated.differential(said, parts, told) if not one[0].startswith(UNSPECIFIED)]
    final = stated.diagnosis(said, parts, told)
    if final is not None and not final[0].startswith(UNSPECIFIED):
        places["diagnosis"] = final[1]
        return tuple(_listed("stated_differential", considered, places)), final[0]
    return tuple(_listed("stated_differential", considered, places)), None


def _consent(told: tuple[Sentence, ...], places: Places) -> bool | None:
    found = stated.consent(told)
    if found is not None:
        places["consent"] = found[1]
    return None if found is None else found[0]


def _left(kind: str, found: Iterable[Claim]) -> Iterator[LeftOut]:
    for claim in found:
        yield LeftOut(f"{kind}.{claim.term}" if claim.term else kind, claim.reason, claim.place)


def _unread(sentence: Sentence) -> LeftOut | None:
    """A sentence too long to be one, or of another language, such as that of a second summary."""
    place = (sentence.start, sentence.start + len(sentence.text))
    if not sentence.is_short:
        return LeftOut("text", "a sentence longer than any: not read", place)
    if is_foreign(sentence.text):
        return LeftOut("text", "a sentence in another language: not read", place)
    return None


def _unspecified(said: str, told: tuple[Sentence, ...]) -> Iterator[LeftOut]:
    """A diagnosis that is named without its kind."""
    final = stated.diagnosis(said, passages(said), told)
    if final is not None and final[0].startswith(UNSPECIFIED):
        yield LeftOut("diagnosis", f"{final[0].removeprefix(UNSPECIFIED)} of which kind is not said", final[1])
