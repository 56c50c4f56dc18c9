"""One header by the profile: what is taken out, emptied, replaced, shifted and kept."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from calcimeter.deidentify.aliases import Aliases
from calcimeter.deidentify.moments import Shift
from calcimeter.knowledge.contrast import contrast_in
from calcimeter.knowledge.deidentify import Profile, profile

if TYPE_CHECKING:
    from pydicom.dataelem import DataElement
    from pydicom.dataset import Dataset

MOMENTS = ("DA", "TM", "DT")
_CODE = re.compile(r"[A-Za-z0-9._:/{}\[\]()%*'+-]{0,64}")
"""No code of a scheme that stays has other letters; units of UCUM have the brackets."""
FREE = {"AE", "LO", "LT", "PN", "SH", "ST", "UC", "UR", "UT", "UN", "OB", "OD", "OF", "OL", "OV", "OW", *MOMENTS}
"""Representations that can hold anything, or a date: what has one stays only if it is named."""

NOTHING = {
    **dict.fromkeys(("LO", "SH", "ST", "LT", "UT", "UC", "CS", "AE"), "REMOVED"),
    "PN": "Removed^",
    "DA": "20000101",
    "TM": "000000",
    "DT": "20000101000000",
    "DS": "0",
    "IS": "0",
    "AS": "000Y",
    "OB": b"\0\0",
    "UR": "urn:removed",
}
"""A value that says nothing, for attributes that an image must have."""


@dataclass(frozen=True, slots=True)
class Treatment:
    """What is done alike to all images of a patient: number, shift, and the other names of a run."""

    patient: int
    shift: Shift
    aliases: Aliases


def clean_header(dataset: Dataset, treatment: Treatment) -> None:
    """Treat a data set in place, its sequences and their sequences too, and write down that it was done."""
    _clean(dataset, treatment)
    dataset.PatientName = f"Patient^{treatment.patient}"
    dataset.PatientID = f"PATIENT-{treatment.patient}"
    for keyword in ("PatientBirthDate", "PatientSex", "AccessionNumber", "ReferringPhysicianName", "StudyID"):
        setattr(dataset, keyword, "")  # type 2: there, and empty
    mark(dataset, profile().methods)


def mark(dataset: Dataset, methods: Any) -> None:
    """Add codes to what a header says of its de-identification."""
    from pydicom.dataset import Dataset as Item
    from pydicom.sequence import Sequence

    from calcimeter import __version__

    dataset.PatientIdentityRemoved = "YES"
    dataset.LongitudinalTemporalInformationModified = "MODIFIED"
    dataset.DeidentificationMethod = f"Calcimeter {__version__}, {profile().edition} {profile().table}"
    codes = list(dataset.get("DeidentificationMethodCodeSequence") or [])
    there = {str(code.get("CodeValue", "")) for code in codes}
    for value, meaning in methods.items():
        if value in there:
            continue
        code = Item()
        code.CodeValue, code.CodingSchemeDesignator, code.CodeMeaning = value, "DCM", meaning
        codes.append(code)
    dataset.DeidentificationMethodCodeSequence = Sequence(codes)


def moments_of(dataset: Dataset) -> list[tuple[str, str]]:
    """Every date and time that will be shifted, with its representation; in sequences too."""
    found: list[tuple[str, str]] = []
    for element in _readable(dataset):
        if element.VR == "SQ":
            found += [moment for item in element.value for moment in moments_of(item)]
        elif element.VR in MOMENTS and element.keyword in profile().shifted:
            found += [(element.VR, text) for text in _texts(element)]
    return found


def _readable(dataset: Dataset) -> list[DataElement]:
    """Elements that can be read; the value of one that can't is nobody's to publish."""
    elements = []
    for tag in list(dataset.keys()):
        try:
            elements.append(dataset[tag])
        except Exception:  # noqa: BLE001, S112  # pydicom raises whatever its converters meet
            continue
    return elements


def _clean(dataset: Dataset, treatment: Treatment) -> None:
    readable = {int(element.tag): element for element in _readable(dataset)}
    for tag in list(dataset.keys()):
        element = readable.get(int(tag))
        if element is None or _is_foreign(element) or not _treat(element, treatment):
            del dataset[tag]


def _is_foreign(element: DataElement) -> bool:
    """Private, an overlay or a curve, unknown to the standard, or not what the standard says it is."""
    from pydicom.datadict import dictionary_has_tag, dictionary_VR

    group = element.tag.group
    if group % 2 or group < 8 or group >> 8 in (0x50, 0x60) or element.tag.element == 0:
        return True
    return not dictionary_has_tag(element.tag) or element.VR not in dictionary_VR(element.tag)


def _treat(element: DataElement, treatment: Treatment) -> bool:
    """Change an element in place as the profile has it; False where it is to be taken out."""
    known, action = profile(), profile().actions.get(int(element.tag), "")
    if element.VR == "SQ":
        return _treat_sequence(element, action, treatment)
    if element.keyword in known.shifted:
        return _replace(element, [treatment.shift.moved(element.VR, text) for text in _texts(element)])
    if element.VR == "UI" and (action in ("", "U") or element.keyword.endswith("UID")):
        return action != "X" and _replace(element, [treatment.aliases.of_uid(text) for text in _texts(element)])
    if element.keyword == "ContrastBolusAgent":
        return _replace(element, [_contrast(text) for text in _texts(element)])
    if action:
        return _empty(element, action)
    if element.VR == "CS":
        return _treat_code(element, known)
    if element.keyword in known.emptied:
        element.clear()
        return True
    return FREE.isdisjoint(element.VR.split(" or ")) or element.keyword in known.text


def _treat_code(element: DataElement, known: Profile) -> bool:
    """Keep what the standard can mean; the place of another value stays, empty, for those after it count by place."""
    coded = known.codes.get(element.keyword)
    if coded is None:
        return False
    kept = [coded.known(text) for text in _texts(element)]
    while kept and not kept[-1]:
        kept.pop()
    return _replace(element, kept)


def _treat_sequence(element: DataElement, action: str, treatment: Treatment) -> bool:
    """Items are treated as data sets; what is left of none of them goes."""
    from pydicom.sequence import Sequence

    if action not in ("", "X/Z/U*"):
        element.value = Sequence()
        return "Z" in action
    kept = []
    for item in element.value:
        held = len(item)
        _clean(item, treatment)
        if _is_safe_code(item, profile()) and (len(item) or not held):
            kept.append(item)
    had = len(element.value)
    element.value = Sequence(kept)
    return bool(kept) or not had


def _is_safe_code(item: Dataset, known: Profile) -> bool:
    """Whether an item is no code, or one of a scheme of the standard's: a meaning without its code is free text."""
    if not any(name in item for name in ("CodeValue", "LongCodeValue", "CodeMeaning")):
        return True
    codes = [str(item[name].value or "") for name in ("CodeValue", "LongCodeValue") if name in item]
    return (
        str(item.get("CodingSchemeDesignator", "")) in known.schemes and any(codes) and all(map(_CODE.fullmatch, codes))
    )


def _empty(element: DataElement, action: str) -> bool:
    """By the table; of several actions the one that keeps an image valid."""
    if "D" in action and not element.is_empty:
        nothing = NOTHING.get(element.VR)
        element.value = nothing
        return nothing is not None
    element.clear()
    return "Z" in action or "D" in action


def _replace(element: DataElement, values: list[str]) -> bool:
    if values:
        element.value = values[0] if len(values) == 1 else values
    else:
        element.clear()
    return True


def _texts(element: DataElement) -> list[str]:
    value = element.value
    if element.is_empty:
        return []
    return [str(one).strip() for one in (value if element.VM > 1 else [value])]


def _contrast(text: str) -> str:
    """Whether a contrast medium was given, which a reader must know; not which, for that is free text.

    Nothing where the words do not tell: a reader must not be told that one was given, nor that none was.
    """
    return {True: "CONTRAST", False: "NONE", None: ""}[contrast_in(text)]
