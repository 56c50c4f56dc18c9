"""Blood results and the ranking by them: the chemistry of before treatment tells of the cause."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING

from calcimeter.model.case import Case, Patient, before_treatment
from calcimeter.model.chemistry import Chemistry
from calcimeter.model.differential import Differential, with_latest_criticals
from calcimeter.model.finding import Finding
from calcimeter.reason.chemistry import read_chemistry
from calcimeter.reason.rank import rank

if TYPE_CHECKING:
    from calcimeter.knowledge.network import Knowledge


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

    Where all of it was taken later, it is what there is.

    Parameters
    ----------
    case : Case
        That of the patient, with what was measured.
    chemistry : Chemistry or None
        Of all results: critical ones among the latest are flagged whenever they were taken.
    """
    labs = before_treatment(case.labs, case.treatments)
    if labs and labs != case.labs:
        before = chemistry_of(replace(patient, case=replace(patient.case, labs=labs)))
        ranked = rank(case, measured, before, prior=prior, knowledge=knowledge)
        return replace(ranked, red_flags=with_latest_criticals(ranked.red_flags, chemistry))
    return rank(case, measured, chemistry, prior=prior, knowledge=knowledge)


def chemistry_of(patient: Patient) -> Chemistry | None:
    """Blood results side by side, with the notes of their file; None where there are none."""
    case = patient.case
    if not (case.labs or patient.urine or patient.notes):
        return None
    chemistry = read_chemistry(case.subject, case.labs, case.history, urine=patient.urine)
    return replace(chemistry, notes=(*chemistry.notes, *patient.notes))
