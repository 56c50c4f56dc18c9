"""Whose studies these are: a case is one person, and a mixture of two is worse than no case."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from calcimeter.errors import UsageError
from calcimeter.model.case_result import CaseStudy

OF_ANOTHER = (
    "it is of another patient than most of the studies by its header; take it out of the case file, or write"
    " `one_patient: true` there where one person has several ids"
)


def patient_of(studies: Iterable[CaseStudy]) -> str:
    """The digest of the patient that most of the studies are of.

    Returns
    -------
    str
        "" where no header names a patient.

    Raises
    ------
    UsageError
        There are several, and none has more studies than every other: which of them is meant can't be told.
    """
    named = [study for study in studies if study.patient]
    counts = Counter(study.patient for study in named).most_common()
    if len(counts) > 1 and counts[0][1] == counts[1][1]:
        each = [[str(study.id) for study in named if study.patient == patient] for patient, _ in counts]
        told = " against ".join(", ".join(ids) for ids in each)
        raise UsageError(
            f"met studies of {len(counts)} patients by their headers (studies {told}), expected one patient: take the"
            " others out of the case file, or write `one_patient: true` there where one person has several ids"
        )
    return counts[0][0] if counts else ""


def are_several(studies: Iterable[CaseStudy]) -> bool:
    """Whether headers carry several ids."""
    return len({study.patient for study in studies} - {""}) > 1


def is_of_another(study: CaseStudy, patient: str | None) -> bool:
    """Whether a header names somebody else; a study that names nobody is taken for the patient's."""
    return bool(study.patient and patient) and study.patient != patient
