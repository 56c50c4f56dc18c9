"""What was found on a scan or a radiograph, beside blood results and history."""

from __future__ import annotations

from dataclasses import replace

from calcimeter.model.analysis import CTAnalysis
from calcimeter.model.case import GROWN_YEARS, Patient, Subject
from calcimeter.model.caveat import Caveat, caveat
from calcimeter.model.chemistry import Chemistry
from calcimeter.model.ct_findings import with_lesions
from calcimeter.model.lesion import Category
from calcimeter.model.radiograph_analysis import RadiographAnalysis, with_shadows
from calcimeter.reason.presentation import chemistry_of, is_blood_unused, rank_by_presentation


def explain(analysis: CTAnalysis, patient: Patient) -> CTAnalysis:
    """The analysis with its chemistry and differential.

    Returns
    -------
    CTAnalysis
        Without chemistry where no result was given. Without a deposit in soft tissue or a joint there is nothing to
        explain: no differential, and a caveat says so.
    """
    case = with_lesions(patient.case, analysis.lesions)
    chemistry = chemistry_of(patient)
    analysis = replace(analysis, caveats=_with_age(_with_blood(analysis.caveats, chemistry), case.subject))
    if not (analysis.of_category(Category.SOFT_TISSUE) or analysis.of_category(Category.JOINT)):
        caveats = tuple(sorted({*analysis.caveats, caveat("DIFFERENTIAL_NOT_COMPUTED")}))
        return replace(analysis, chemistry=chemistry, caveats=caveats)
    differential = rank_by_presentation(case, analysis.findings(), chemistry, patient)
    return replace(analysis, chemistry=chemistry, differential=differential)


def explain_radiograph(analysis: RadiographAnalysis, patient: Patient) -> RadiographAnalysis:
    """A radiograph's analysis with its chemistry and differential; without a deposit as ``explain``."""
    chemistry = chemistry_of(patient)
    analysis = replace(analysis, caveats=_with_blood(analysis.caveats, chemistry))
    if not analysis.deposits:
        caveats = tuple(sorted({*analysis.caveats, caveat("DIFFERENTIAL_NOT_COMPUTED")}))
        return replace(analysis, chemistry=chemistry, caveats=caveats)
    case = with_shadows(patient.case, analysis.deposits, analysis.study)
    differential = rank_by_presentation(case, analysis.findings(), chemistry, patient)
    return replace(analysis, chemistry=chemistry, differential=differential)


def _with_blood(caveats: tuple[Caveat, ...], chemistry: Chemistry | None) -> tuple[Caveat, ...]:
    """With one more where results were given and none could be used: a ranking without blood would look complete."""
    return tuple(sorted({*caveats, caveat("BLOOD_NOT_USED")})) if is_blood_unused(chemistry) else caveats


def _with_age(caveats: tuple[Caveat, ...], subject: Subject) -> tuple[Caveat, ...]:
    """With that of a child, whose bones are none of an adult."""
    is_child = subject.age_years is not None and subject.age_years < GROWN_YEARS
    return tuple(sorted({*caveats, caveat("PATIENT_IS_CHILD")})) if is_child else caveats
