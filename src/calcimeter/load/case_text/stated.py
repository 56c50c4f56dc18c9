"""What the authors concluded: differential, diagnosis, consent. Kept apart from everything that is evidence."""

from __future__ import annotations

import re
from collections.abc import Iterable

from calcimeter.load.case_text.negation import Status, status
from calcimeter.load.case_text.phrases import Mention, find, longest, names
from calcimeter.load.case_text.sections import Passage
from calcimeter.load.case_text.sentences import Sentence

Placed = tuple[str, tuple[int, int]]


def differential(text: str, parts: Iterable[Passage], told: Iterable[Sentence]) -> list[Placed]:
    """Diagnoses that were considered, each once, in the order told.

    Under a heading each line's first words count, before a colon: what explains an entry is no entry. In prose, what
    follows "the differential diagnosis included" in its sentence.
    """
    found: list[Placed] = []
    for part in parts:
        if part.role == "differential":
            for line in re.finditer(r"[^\n]+", text[part.start : part.end]):
                head = re.split(r":\s", line.group())[0]
                found += [(one.term, _at(part.start + line.start(), one)) for one in _diagnoses(head)]
    for sentence in told:
        if sentence.role not in ("differential", "diagnosis") and sentence.states:
            found += [(one.term, sentence.place(one)) for one in _diagnoses(sentence.text)]
    return _once(found)


def diagnosis(text: str, parts: Iterable[Passage], told: Iterable[Sentence]) -> Placed | None:
    """The final diagnosis: under its heading, else the last that a sentence calls so; None where there is none."""
    for part in parts:
        if part.role == "diagnosis":
            named = _diagnoses(text[part.start : part.end])
            if named:
                return named[0].term, _at(part.start, named[0])
    found: Placed | None = None
    for sentence in told:
        if sentence.role in ("discussion", "differential") and not names("cues.anchor", sentence.text):
            continue
        cues = find("statements.diagnosis", sentence.text)
        if not cues or names("statements.not_diagnosis", sentence.text):
            continue
        for one in _diagnoses(sentence.text):
            concluded = one.start >= cues[0].start or any(cue.start >= one.end for cue in cues)
            if concluded and status(sentence, one) is Status.PRESENT:
                found = one.term, sentence.place(one)
                break
    return found


def consent(told: Iterable[Sentence]) -> tuple[bool, tuple[int, int]] | None:
    """Whether the patient agreed to the publication; None where the text does not say."""
    for sentence in told:
        for kind, value in (("consent_refused", False), ("consent_given", True)):
            if found := find(f"statements.{kind}", sentence.text):
                return value, sentence.place(found[0])
    return None


def _diagnoses(text: str) -> list[Mention]:
    return longest(find("diagnoses", text))


def _at(start: int, one: Mention) -> tuple[int, int]:
    return start + one.start, start + one.end


def _once(found: list[Placed]) -> list[Placed]:
    kept: dict[str, tuple[int, int]] = {}
    for term, place in found:
        kept.setdefault(term, place)
    return list(kept.items())
