"""Blood results and the ranking by them: the chemistry of before treatment tells of the cause."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from calcimeter.knowledge.analytes import analytes
from calcimeter.model.case import OF_KIDNEYS, Case, LabResult, Patient, before_treatment, taken_after
from calcimeter.model.chemistry import SET_ASIDE, Chemistry, Pattern
from calcimeter.model.differential import Differential, with_latest_criticals
from calcimeter.model.finding import Finding
from calcimeter.reason.chemistry import read_chemistry
from calcimeter.reason.rank import rank

if TYPE_CHECKING:
    from calcimeter.knowledge.network import Knowledge

NONE_USED = "none of the results that were given could be used; the notes say why"


def rank_by_presentation(
    case: Case,
    measured: Iterable[Finding],
    chemistry: Chemistry | None,
    patient: Patient,
    *,
    prior: str = "referral",
    knowledge: Knowledge | None = None,
) -> Differential:
    """The ranking by blood before treatment, for what was taken after it says nothing of the cause.

    Where an analyte was measured only later, that is what there is of it.

    Parameters
    ----------
    case : Case
        That of the patient, with what was measured.
    chemistry : Chemistry or None
        Of all results: critical ones among the latest are flagged whenever they were taken.
    """
    before = chemistry_at_presentation(patient)
    ranked = rank(case, measured, before, prior=prior, knowledge=knowledge)
    return replace(ranked, red_flags=with_latest_criticals(ranked.red_flags, chemistry))


def chemistry_of(patient: Patient) -> Chemistry | None:
    """All blood results side by side, with the notes of their file and of what is set aside; None without any."""
    chemistry = _read(patient, patient.case.labs)
    return None if chemistry is None else replace(chemistry, notes=(*chemistry.notes, *_set_aside(patient.case)))


def chemistry_at_presentation(patient: Patient) -> Chemistry | None:
    """The blood results that tell of the cause, those before treatment, side by side; None where none are known."""
    return _read(patient, labs_at_presentation(patient.case))


def is_blood_unused(chemistry: Chemistry | None) -> bool:
    """Whether blood results were given, and none of them could be used."""
    return chemistry is not None and chemistry.pattern.because == NONE_USED


def labs_at_presentation(case: Case) -> tuple[LabResult, ...]:
    """The results of before treatment, and of each analyte that was measured only later those.

    A transplant that the history names was there before the deposits: kidney function under it is that of their time.
    """
    own = case.history.get("kidney_transplant") is not True
    return before_treatment(case.labs, case.treatments, own_kidneys=own)


def _read(patient: Patient, labs: tuple[LabResult, ...]) -> Chemistry | None:
    if not (labs or patient.urine or patient.notes):
        return None
    history = _history(patient.case, labs)
    chemistry = read_chemistry(patient.case.subject, labs, history, urine=patient.urine, aged_on=patient.aged_on)
    chemistry = replace(chemistry, notes=(*chemistry.notes, *patient.notes))
    return chemistry if labs or patient.urine else replace(chemistry, pattern=Pattern(None, NONE_USED))


def _history(case: Case, labs: Iterable[LabResult]) -> Mapping[str, bool]:
    """The history, with a transplantation that went before the latest results of kidney function."""
    of_kidneys = [lab for lab in labs if lab.analyte in OF_KIDNEYS]
    grafted = [one for one in case.treatments if one.what == "kidney_transplantation"]
    latest = max((lab.date for lab in of_kidneys if lab.date is not None), default=None)
    is_after = latest is not None and any(one.date is not None and one.date < latest for one in grafted)
    return {**case.history, "kidney_transplant": True} if is_after else case.history


def _set_aside(case: Case) -> Iterator[str]:
    """What treatment has to do with the results that are weighed."""
    used, later = labs_at_presentation(case), taken_after(case.labs, case.treatments)
    left = _names(lab for lab in case.labs if lab not in used)
    if left:
        yield f"{SET_ASIDE}, for results after treatment do not tell the cause: {left}"
    treated = _names(lab for lab in later if lab in used)
    if treated:
        yield f"measured only after treatment began, and weighed as such: {treated}"


def _names(labs: Iterable[LabResult]) -> str:
    """The analytes, each once, with the number of their results."""
    terms = [lab.analyte for lab in labs]
    return ", ".join(f"{analytes()[term].label} ({terms.count(term)})" for term in analytes() if term in terms)
