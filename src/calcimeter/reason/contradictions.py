"""What a case says that can't be true together."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from calcimeter.knowledge.contradictions import contradictions
from calcimeter.model.case import Case
from calcimeter.model.differential import Merged, RedFlag

PEOPLE = {"M": "man", "F": "woman"}


def contradicting(case: Case, merged: Iterable[Merged], seen: Mapping[str, tuple[str, ...]]) -> Iterator[RedFlag]:
    """A flag for each pair of history, findings, sex and levels that excludes itself: both are weighed as they stand.

    Parameters
    ----------
    merged : iterable of Merged
        Findings of the reader and of the measurements together.
    seen : mapping of str to tuple of str
        Outcomes that items of the network may have by the case: of a level that is known, one.
    """
    told = {**case.history, **{one.name: one.present for one in merged}}
    for term, needed in contradictions()["needs"].items():
        for other in needed:
            if told.get(term) is True and told.get(other) is False:
                yield _flag(term, f"{_words(term)}, and denies {_words(other)}")
    for term, level in contradictions()["levels"].items():
        excluded = seen.get(level["item"]) == (level["outcome"],)
        if told.get(term) is True and excluded and told.get(level["unless"]) is not True:
            yield _flag(term, f"{_words(term)}, and {level['item'].replace('egfr', 'eGFR')} {_words(level['outcome'])}")
    sex = case.subject.sex
    for term, only in contradictions()["sex"].items():
        if told.get(term) is True and sex in PEOPLE and sex != only:
            yield _flag(term, f"{_words(term)}, and that the patient is a {PEOPLE[sex]}")


def _flag(about: str, said: str) -> RedFlag:
    return RedFlag("contradiction", about, f"the case says {said}: check which is true, for both are weighed")


def _words(term: str) -> str:
    return term.replace("_", " ")
