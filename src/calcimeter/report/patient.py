"""The source's patient and study modules as DICOM results carry them: these alone, every value within its VR."""

from __future__ import annotations

from io import BytesIO
from itertools import chain
from typing import TYPE_CHECKING, Any

from calcimeter.report.representation import fitted, readable

if TYPE_CHECKING:
    from pydicom.dataset import Dataset

REQUIRED = (
    "PatientName",
    "PatientID",
    "PatientBirthDate",
    "PatientSex",
    "StudyDate",
    "StudyTime",
    "StudyID",
    "AccessionNumber",
    "ReferringPhysicianName",
)
"""Type 2: present in every result, empty where the source has nothing."""

_PATIENT_AND_STUDY = (
    *REQUIRED,
    # Patient, PS3.3 C.7.1.1, with two retired attributes that archives still match on
    *("ReferencedPatientSequence", "IssuerOfPatientID", "IssuerOfPatientIDQualifiersSequence", "TypeOfPatientID"),
    *("OtherPatientIDs", "OtherPatientIDsSequence", "OtherPatientNames", "PatientBirthTime"),
    *("PatientBirthDateInAlternativeCalendar", "PatientDeathDateInAlternativeCalendar", "PatientAlternativeCalendar"),
    *("SourcePatientGroupIdentificationSequence", "GroupOfPatientsIdentificationSequence", "QualityControlSubject"),
    *("EthnicGroup", "EthnicGroupCodeSequence", "PatientComments", "ReferencedPatientPhotoSequence"),
    *("PatientSpeciesDescription", "PatientSpeciesCodeSequence", "PatientBreedDescription"),
    *("PatientBreedCodeSequence", "BreedRegistrationSequence", "ResponsiblePerson", "ResponsiblePersonRole"),
    *("ResponsibleOrganization", "StrainDescription", "StrainNomenclature", "StrainStockSequence"),
    *("StrainAdditionalInformation", "StrainCodeSequence", "GeneticModificationsSequence"),
    *("PatientIdentityRemoved", "DeidentificationMethod", "DeidentificationMethodCodeSequence"),
    # General Study, C.7.2.1
    *("IssuerOfAccessionNumberSequence", "ReferringPhysicianIdentificationSequence", "ConsultingPhysicianName"),
    *("ConsultingPhysicianIdentificationSequence", "StudyDescription", "ProcedureCodeSequence", "PhysiciansOfRecord"),
    *("PhysiciansOfRecordIdentificationSequence", "NameOfPhysiciansReadingStudy"),
    *("PhysiciansReadingStudyIdentificationSequence", "RequestingService", "RequestingServiceCodeSequence"),
    *("ReferencedStudySequence", "ReasonForPerformedProcedureCodeSequence"),
    # Patient Study, C.7.2.2
    *("AdmittingDiagnosesDescription", "AdmittingDiagnosesCodeSequence", "PatientAge", "PatientSize"),
    *("PatientSizeCodeSequence", "PatientBodyMassIndex", "MeasuredAPDimension", "MeasuredLateralDimension"),
    *("PatientWeight", "MedicalAlerts", "Allergies", "Occupation", "SmokingStatus", "AdditionalPatientHistory"),
    *("PregnancyStatus", "LastMenstrualDate", "PatientSexNeutered", "ReasonForVisit", "ReasonForVisitCodeSequence"),
    *("AdmissionID", "IssuerOfAdmissionIDSequence", "ServiceEpisodeID", "ServiceEpisodeDescription"),
    *("IssuerOfServiceEpisodeIDSequence", "PatientState"),
)

_TRIAL = (
    # Clinical Trial Subject, C.7.1.3: what it requires, and the rest
    (
        ("ClinicalTrialProtocolName", "ClinicalTrialSiteID", "ClinicalTrialSiteName"),
        (
            *("ClinicalTrialSponsorName", "ClinicalTrialProtocolID", "IssuerOfClinicalTrialProtocolID"),
            *("OtherClinicalTrialProtocolIDsSequence", "IssuerOfClinicalTrialSiteID", "ClinicalTrialSubjectID"),
            *("IssuerOfClinicalTrialSubjectID", "ClinicalTrialSubjectReadingID"),
            *("IssuerOfClinicalTrialSubjectReadingID", "ClinicalTrialProtocolEthicsCommitteeName"),
            "ClinicalTrialProtocolEthicsCommitteeApprovalNumber",
        ),
    ),
    # Clinical Trial Study, C.7.2.3
    (
        ("ClinicalTrialTimePointID",),
        (
            *("ClinicalTrialTimePointDescription", "LongitudinalTemporalOffsetFromEvent"),
            *("LongitudinalTemporalEventType", "ClinicalTrialTimePointTypeCodeSequence"),
            *("IssuerOfClinicalTrialTimePointID", "ConsentForClinicalTrialUseSequence"),
        ),
    ),
)

MODULES = (*_PATIENT_AND_STUDY, *(keyword for module in _TRIAL for part in module for keyword in part))
"""Every attribute that a result takes over."""

_NAMES_SOMETHING = ("CodeValue", "LongCodeValue", "URNCodeValue", "CodingSchemeDesignator")
"""Cut, these would name something else; so would a UID."""


def patient_and_study(source: Dataset) -> Dataset:
    """What results take over from a header: text as Unicode, without private attributes.

    A value that breaks its VR is cut, or left out where nothing can be cut; an item of a sequence whose code or UID
    breaks it is left out whole, because half a code is another code.
    """
    from pydicom.dataset import Dataset

    undeclared = _undeclared(source)
    kept = Dataset()
    for keyword in MODULES:
        _take(source, keyword, kept, undeclared=undeclared)
    required = [REQUIRED, *(must for must, may in _TRIAL if any(keyword in kept for keyword in (*must, *may)))]
    for keyword in chain.from_iterable(required):
        if keyword not in kept:
            setattr(kept, keyword, "")
    if kept.PatientSex not in ("M", "F", "O", ""):
        kept.PatientSex = ""
    return kept


def _undeclared(source: Dataset) -> bool:
    """Whether the header does not say, in a way that is known, how its text is encoded."""
    from pydicom.charset import python_encoding

    element = readable(source, "SpecificCharacterSet")
    character_set = "" if element is None else element.value or ""
    named = [character_set] if isinstance(character_set, str) else list(character_set)
    return len(named) == 1 and (named[0] in ("", "ISO_IR 6") or named[0] not in python_encoding)


def _take(source: Dataset, keyword: str, kept: Dataset, *, undeclared: bool) -> bool:
    """Put one attribute into ``kept``; whether that was possible without changing what it names."""
    from pydicom.datadict import dictionary_VR
    from pydicom.sequence import Sequence

    vr = dictionary_VR(keyword)
    names_something = vr == "UI" or keyword in _NAMES_SOMETHING
    element = readable(source, keyword)
    if element is None:
        return keyword not in source or not names_something
    if (vr == "SQ") != (element.VR == "SQ"):
        return not names_something
    if vr == "SQ":
        items = [_item(item, undeclared=undeclared) for item in element.value]
        values: Any = Sequence(item for item in items if item is not None)
    else:
        values = fitted(element, undeclared=undeclared)
    if values:
        setattr(kept, keyword, values[0] if vr != "SQ" and len(values) == 1 else values)
    return not names_something or element.is_empty or values == [str(element.value).strip()]


def _item(item: Dataset, *, undeclared: bool) -> Dataset | None:
    """The standard attributes of one item; None where none is left or what it names would change."""
    from pydicom.datadict import keyword_for_tag
    from pydicom.dataset import Dataset

    kept = Dataset()
    known = [keyword for tag in item.keys() if (keyword := keyword_for_tag(tag)) and not tag.is_private]  # noqa: SIM118
    if not all(_take(item, keyword, kept, undeclared=undeclared) for keyword in known):
        return None
    return kept if len(kept) else None


def record_of_test_object(header: bytes) -> dict[str, bool]:
    """What JSON says of images whose header names a subject of quality control, not a patient.

    Parameters
    ----------
    header : bytes
        A DICOM file without its pixel data; b"" where the images are of another container.

    Returns
    -------
    dict
        ``test_object`` true; empty where the header does not say so.
    """
    if not header:
        return {}
    import pydicom

    dataset = pydicom.dcmread(BytesIO(header), stop_before_pixels=True, specific_tags=["QualityControlSubject"])
    is_one = str(dataset.get("QualityControlSubject", "") or "").strip() == "YES"
    return {"test_object": True} if is_one else {}
