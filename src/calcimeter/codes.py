"""The one table: field -> UCUM unit and coded concept. Codes were looked up in pydicom's dictionary of DCM and SCT."""

from __future__ import annotations

from typing import NamedTuple


class Code(NamedTuple):
    """A coded concept: value, scheme, meaning."""

    value: str
    scheme: str
    meaning: str


UNITS = {
    "mm": Code("mm", "UCUM", "millimeter"),
    "mm2": Code("mm2", "UCUM", "square millimeter"),
    "mm3": Code("mm3", "UCUM", "cubic millimeter"),
    "hu": Code("[hnsf'U]", "UCUM", "Hounsfield unit"),
    "1": Code("1", "UCUM", "no units"),
}

CALCIFICATION = Code("129750001", "SCT", "Dystrophic calcification")
ABNORMAL_STRUCTURE = Code("49755003", "SCT", "Morphologically Abnormal Structure")
NUMBER_OF_LESIONS = Code("246206008", "SCT", "Number of lesions")
COMPUTED_TOMOGRAPHY = Code("77477000", "SCT", "Computed tomography")
COMMENT = Code("121106", "DCM", "Comment")

_MEAN = Code("373098007", "SCT", "Mean")
_MAXIMUM = Code("56851009", "SCT", "Maximum")


class Measure(NamedTuple):
    """How a field is named in DICOM: concept, key of ``UNITS``, and what of several values it is."""

    concept: Code
    unit: str
    derivation: Code | None = None


MEASURES = {
    "volume_mm3": Measure(Code("118565006", "SCT", "Volume"), "mm3"),
    "volume_threshold_mm3": Measure(Code("122660", "DCM", "Calcium Volume"), "mm3"),
    "long_axis_mm": Measure(Code("103339001", "SCT", "Long axis"), "mm"),
    "short_axis_mm": Measure(Code("103340004", "SCT", "Short axis"), "mm"),
    "mean_hu": Measure(Code("112031", "DCM", "Attenuation Coefficient"), "hu", _MEAN),
    "max_hu": Measure(Code("112031", "DCM", "Attenuation Coefficient"), "hu", _MAXIMUM),
}

SCINTIGRAPHY_CODES = {
    "procedure": Code("7562007", "SCT", "Radioisotope study of endocrine system"),
    "finding": Code("52988006", "SCT", "Lesion"),
    "right_lobe": Code("29565003", "SCT", "Right lobe of thyroid gland"),
    "left_lobe": Code("79163004", "SCT", "Left lobe of thyroid gland"),
    "neck": Code("45048000", "SCT", "Neck"),
    "z_score": Code("113071", "DCM", "Z-score"),
    "size_mm": Code("81827009", "SCT", "Diameter"),
    "ratio_early": Code("RATIO_EARLY", "99CALCIMETER", "Early ratio of focus to rest of lobe"),
    "ratio_delayed": Code("RATIO_DELAYED", "99CALCIMETER", "Delayed ratio of focus to rest of lobe"),
    "retention": Code("RETENTION", "99CALCIMETER", "Delayed over early ratio"),
}
"""Concepts of a scintigraphy; for the ratios there is no code in pydicom's dictionary."""

RADIOGRAPH_CODES = {
    "procedure": Code("168537006", "SCT", "Plain radiography"),
    "long_axis_mm": Code("103339001", "SCT", "Long axis"),
    "short_axis_mm": Code("103340004", "SCT", "Short axis"),
    "area_mm2": Code("42798000", "SCT", "Area"),
    "detector_long_axis_mm": Code("DETECTOR_LONG_AXIS", "99CALCIMETER", "Long axis in the plane of the detector"),
    "detector_short_axis_mm": Code("DETECTOR_SHORT_AXIS", "99CALCIMETER", "Short axis in the plane of the detector"),
    "detector_area_mm2": Code("DETECTOR_AREA", "99CALCIMETER", "Area in the plane of the detector"),
}
"""Concepts of a radiograph. A length at the detector is no length in the patient and has no code in the dictionary."""
