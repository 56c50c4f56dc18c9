"""What a case says that can't be true together."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from calcimeter.knowledge.contradictions import contradictions
from calcimeter.model.case import Case
from calcimeter.model.differential import Merged, RedFlag

PEOPLE = {"M": "man", "F": "woman"}


def contradicting(case: Case, merged: Iterable[Merged]) -> Iterator[RedFlag]:
    """A flag for each pair of history, findings and sex that excludes itself: both are weighed as they stand.

    Parameters
    ----------
    merged : iterable of Merged
        Findings of the reader and of the measurements together.
    """
    told = {**case.history, **{one.name: one.present for one in merged}}
    for term, needed in contradictions()["needs"].items():
        for other in needed:
            if told.get(term) is True and told.get(other) is False:
                yield _flag(term, f"{_words(term)}, and denies {_words(other)}")
    sex = case.subject.sex
    for term, only in contradictions()["sex"].items():
        if told.get(term) is True and sex in PEOPLE and sex != only:
            yield _flag(term, f"{_words(term)}, and that the patient is a {PEOPLE[sex]}")


def _flag(about: str, said: str) -> RedFlag:
    return RedFlag("contradiction", about, f"the case says {said}: check which is true, for both are weighed")


def _words(term: str) -> str:
    return term.replace("_", " ")
