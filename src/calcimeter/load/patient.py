"""What is told of the patient beside the images: blood results, age and sex, history -> a patient."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from calcimeter.errors import UsageError
from calcimeter.knowledge.vocabulary import known_term, vocabulary
from calcimeter.load.case_file import case_of
from calcimeter.model.case import Patient, Subject

WORDS = {"yes": True, "true": True, "no": False, "false": False}
SUBJECT = {"age": "age_years", "sex": "sex"}
SAME_AGE_YEARS = 1.5
"""A laboratory's age and the one that was told may differ by a birthday and by rounding."""

MOST_PLACES = 20
"""An export of a whole stay has hundreds of rows of other analytes: so many places are named, the rest is counted."""

MANY = {"entry": "entries"}


def load_patient(
    labs: Path | str | None = None,
    subject: Mapping[str, Any] | str | None = None,
    history: Mapping[str, bool] | str | None = None,
) -> Patient:
    """A case without images, and what else the laboratory's file holds.

    Parameters
    ----------
    labs : path, optional
        CSV, FHIR or a case file's list, as ``load_labs`` reads it.
    subject : mapping or str, optional
        ``age_years`` and ``sex``; as text "age=54,sex=M".
    history : mapping or str, optional
        Terms of the vocabulary that hold or do not; as text "dialysis,trauma=no".

    Returns
    -------
    Patient
        Empty where nothing is told. Age and sex come from the laboratory's file where they are not told.

    Raises
    ------
    UsageError
        Something is not understood; or the laboratory's file is of another age or sex than was told.
    """
    told = case_of({"subject": _subject(subject), "history": _history(history)})
    if labs is None:
        return Patient(told)
    from calcimeter.load.labs import load_labs

    found = load_labs(labs)
    case = replace(told, subject=_agreed(told.subject, found.subject), labs=found.results)
    return Patient(case, found.urine, (*found.notes, *_unused(found.unknown)))


def _unused(unknown: Sequence[tuple[str, int]]) -> tuple[str, ...]:
    """How many results of unknown analytes there are, and where: what a row calls itself stays in the file."""
    if not unknown:
        return ()
    total = sum(count for _, count in unknown)
    met = "1 result of an analyte that is not known was" if total == 1 else f"{total} results of unknown analytes were"
    return (f"{met} not used: {_places([place for place, _ in unknown])}",)


def _places(places: Sequence[str]) -> str:
    """Places in the order of the file, neighbors together: "line 3, lines 6 to 8"."""
    runs: list[tuple[str, int, int]] = []
    for kind, number in ((kind, int(number)) for kind, _, number in (place.rpartition(" ") for place in places)):
        if runs and runs[-1][0] == kind and runs[-1][2] == number - 1:
            runs[-1] = (kind, runs[-1][1], number)
        else:
            runs.append((kind, number, number))
    said = [
        f"{kind} {first}" if first == last else f"{MANY.get(kind, f'{kind}s')} {first} to {last}"
        for kind, first, last in runs
    ]
    more = [f"{len(said) - MOST_PLACES} places more"] if len(said) > MOST_PLACES else []
    return ", ".join(said[:MOST_PLACES] + more)


def _subject(said: Mapping[str, Any] | str | None) -> dict[str, Any]:
    """As in a case file."""
    if not isinstance(said, str):
        return dict(said or {})
    entries = dict(_entries(said, "--subject", "age=54,sex=M"))
    named = {known_term(key, SUBJECT, "--subject"): value for key, value in entries.items()}
    found: dict[str, Any] = {SUBJECT[key]: value for key, value in named.items()}
    if "age_years" in found:
        found["age_years"] = _years(found["age_years"])
    return found


def _years(said: str) -> float:
    try:
        return float(said)
    except ValueError:
        raise UsageError(f"--subject: met an age of {said[:20]!r}, expected years, such as age=54") from None


def _history(said: Mapping[str, bool] | str | None) -> dict[str, bool]:
    """As in a case file; a term alone holds."""
    if not isinstance(said, str):
        return dict(said or {})
    found = {}
    for key, value in _entries(said, "--history", "dialysis,trauma=no"):
        term = known_term(key, vocabulary()["history"], "--history")
        if value.lower() not in WORDS:
            raise UsageError(f"--history: met {key}={value[:20]}, expected yes or no")
        found[term] = WORDS[value.lower()]
    return found


def _entries(said: str, option: str, example: str) -> list[tuple[str, str]]:
    """Key and value of each entry between commas; a key alone is "yes". A key twice is refused."""
    pairs = [entry.strip().partition("=") for entry in said.split(",") if entry.strip()]
    if not pairs:
        raise UsageError(f"{option}: met nothing, expected such as {example}")
    found = [(key.strip(), value.strip() if equal else "yes") for key, equal, value in pairs]
    keys = [key for key, _ in found]
    for key in keys:
        if keys.count(key) > 1:
            raise UsageError(f"{option}: met {key!r} twice; give it once")
    return found


def _agreed(told: Subject, file: Subject) -> Subject:
    """What was told, filled up from the file."""
    if told.sex and file.sex and told.sex != file.sex:
        raise UsageError("the laboratory's file is of another sex than --subject; check that both are of one patient")
    ages = told.age_years, file.age_years
    if ages[0] is not None and ages[1] is not None and abs(ages[0] - ages[1]) > SAME_AGE_YEARS:
        raise UsageError("the laboratory's file is of another age than --subject; check that both are of one patient")
    return Subject(ages[0] if ages[0] is not None else ages[1], told.sex or file.sex)
