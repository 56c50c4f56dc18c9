"""What is not known, and why: the code a program reads and the sentence a person reads."""

from __future__ import annotations

from dataclasses import dataclass

TEXTS = {
    "AGATSTON_NOT_COMPUTED": "No Agatston score is computed in this version.",
    "BONES_NOT_NAMED": "Bones, joints and regions are not named in this version; only distances are given.",
    "CALIBRATION_NOT_AVAILABLE": "No calibration in this version; mass and mineral volume are not given.",
    "CONTRAST_PRESENT": "Contrast medium was seen; deposits inside or beside it may be missed.",
    "DIFFERENTIAL_NOT_COMPUTED": "No differential diagnosis is computed in this version.",
    "DICOM_RESULTS_NOT_WRITTEN": "The input is not DICOM, so no DICOM SEG or SR could be attached to a study.",
    "EDITED_BY_READER": "A reader changed the result; the changes are listed in the provenance.",
    "ENVELOPE_OPEN": "Its wall is not closed on every side; fluid or core outside the wall may not be counted.",
    "FIELD_OF_VIEW_CROPPED": "The body reaches the border of the images; what lies beyond was not examined.",
    "FLUID_LEVEL_NOT_EXAMINED": "Fluid-calcium levels are not looked for in this version.",
    "FUSED_TO_BONE_NOT_EXAMINED": "Deposits fused to bone are not separated from it in this version and may be missed.",
    "GIVEN_OUTLINE": "The outline was given, not found.",
    "GRAY_LEVELS_SCALED": "Values were not whole Hounsfield units and are kept as fractions.",
    "INTERVAL_NOT_AVAILABLE": "Measurements carry no 95 % interval in this version.",
    "KVP_UNKNOWN": "The tube voltage is not known; no calibration is possible.",
    "LESION_SMALL": "Fewer than 27 voxels: shape and volume are uncertain.",
    "LESION_TOUCHES_BONE": "Touches bone; the border between the two is uncertain.",
    "NO_SKELETON": "No bone was recognized in the images; distances to bone are not given.",
    "METAL_PRESENT": "Metal was seen; its surroundings are streaked and were not searched.",
    "NOISY": "The scan is noisy; faint deposits may be missed and outlines are rough.",
    "POSITION_UNKNOWN": "The patient's position is not known; gravity can't be told.",
    "SHAPE_NOT_COMPUTED": "Lobes and pattern are not computed in this version.",
    "SLICES_THICK": "Slices are thicker than 3 mm; small deposits may be missed and sizes along the body are coarse.",
    "TOUCHES_BORDER": "Cut by the border of the images: it may be larger than measured.",
}

OF_THIS_VERSION = (
    "AGATSTON_NOT_COMPUTED",
    "BONES_NOT_NAMED",
    "CALIBRATION_NOT_AVAILABLE",
    "DIFFERENTIAL_NOT_COMPUTED",
    "FLUID_LEVEL_NOT_EXAMINED",
    "FUSED_TO_BONE_NOT_EXAMINED",
    "INTERVAL_NOT_AVAILABLE",
    "SHAPE_NOT_COMPUTED",
)
"""What the contract names and this version leaves out: true of every scan, so it stands apart from what a scan met."""


@dataclass(frozen=True, slots=True, order=True)
class Caveat:
    """One limitation of a result.

    Parameters
    ----------
    code : str
        One of ``TEXTS``.
    text : str
        One sentence for a reader.
    """

    code: str
    text: str


def caveat(code: str) -> Caveat:
    """The caveat of a code, with its sentence.

    Raises
    ------
    KeyError
        The code is not known: every caveat needs its sentence.
    """
    return Caveat(code, TEXTS[code])
