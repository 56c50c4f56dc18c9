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
    "mg": Code("mg", "UCUM", "milligram"),
    "hu": Code("[hnsf'U]", "UCUM", "Hounsfield unit"),
    "1": Code("1", "UCUM", "no units"),
}

CALCIFICATION = Code("18115005", "SCT", "Pathologic calcification")
ABNORMAL_STRUCTURE = Code("49755003", "SCT", "Morphologically Abnormal Structure")
NUMBER_OF_LESIONS = Code("246206008", "SCT", "Number of lesions")
COMPUTED_TOMOGRAPHY = Code("77477000", "SCT", "Computed tomography")
COMMENT = Code("121106", "DCM", "Comment")
OWN_SCHEME = "99CALCIMETER"
"""Scheme of what has no code in the dictionary."""

SOFT_TISSUE = Code("87784001", "SCT", "Soft tissue")
AREA = Code("42798000", "SCT", "Area")
BOUNDED_BY = Code("75958009", "SCT", "Bounded by")
ABOVE = Code("371886008", "SCT", "+, range of upper measurement uncertainty")
BELOW = Code("371885007", "SCT", "-, range of lower measurement uncertainty")

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
    "mineral_volume_mm3": Measure(
        Code("MINERAL_VOLUME", OWN_SCHEME, "Volume at 100 mg hydroxyapatite/ml or more"), "mm3"
    ),
    "mass_mg_ha": Measure(Code("MASS_HA", OWN_SCHEME, "Mass of hydroxyapatite"), "mg"),
    "long_axis_mm": Measure(Code("103339001", "SCT", "Long axis"), "mm"),
    "short_axis_mm": Measure(Code("103340004", "SCT", "Short axis"), "mm"),
    "mean_hu": Measure(Code("112031", "DCM", "Attenuation Coefficient"), "hu", _MEAN),
    "max_hu": Measure(Code("112031", "DCM", "Attenuation Coefficient"), "hu", _MAXIMUM),
}

SCINTIGRAPHY_CODES = {
    "procedure": Code("7562007", "SCT", "Radioisotope study of endocrine system"),
    "finding": Code("52988006", "SCT", "Lesion"),
    "right_lobe": Code("29565003", "SCT", "Right lobe of thyroid"),
    "left_lobe": Code("79163004", "SCT", "Left lobe of thyroid"),
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
    "detector_long_axis_mm": Code("DETECTOR_LONG", "99CALCIMETER", "Long axis in the plane of the detector"),
    "detector_short_axis_mm": Code("DETECTOR_SHORT", "99CALCIMETER", "Short axis in the plane of the detector"),
    "detector_area_mm2": Code("DETECTOR_AREA", "99CALCIMETER", "Area in the plane of the detector"),
}
"""Concepts of a radiograph. A length at the detector is no length in the patient and has no code in the dictionary."""

CATEGORY = Code("CATEGORY", OWN_SCHEME, "Category of the calcification")
CALCIFICATION_TYPE = Code("111009", "DCM", "Calcification Type")
FLUID_LEVEL = Code("FLUID_LEVEL", OWN_SCHEME, "Fluid-calcium level")
UNDETERMINED = Code("373068000", "SCT", "Undetermined")

PATTERNS = {
    "homogeneous": Code("112160", "DCM", "Homogeneous"),
    "rim": Code("129754005", "SCT", "Lucent-centered calcification"),
    "central": Code("CENTRAL", OWN_SCHEME, "Central calcification"),
    "layered": Code("129753004", "SCT", "Milk of calcium calcification"),
    "amorphous": Code("129760005", "SCT", "Amorphous calcification"),
    "punctate": Code("129755006", "SCT", "Punctate calcification"),
    "sheet": Code("SHEET", OWN_SCHEME, "Sheet-like calcification"),
    "linear": Code("112150", "DCM", "Linear"),
    "trabecular": Code("TRABECULAR", OWN_SCHEME, "Trabecular ossification"),
}
"""Values of ``CALCIFICATION_TYPE``: the nearest meaning in the dictionary, or one of our own."""

STATES = {
    "present": Code("52101004", "SCT", "Present"),
    "absent": Code("272519000", "SCT", "Absent"),
    "indeterminate": UNDETERMINED,
}

SIDES = {"left": Code("7771000", "SCT", "Left"), "right": Code("24028007", "SCT", "Right")}
"""For the midline the dictionary of laterality has no code."""

SITES = {
    "skull": Code("89546000", "SCT", "Skull"),
    "face": Code("89545001", "SCT", "Face"),
    "jaw": Code("661005", "SCT", "Jaw region"),
    "cervical_spine": Code("122494005", "SCT", "Cervical spine"),
    "spine": Code("421060004", "SCT", "Spine"),
    "sternum": Code("56873002", "SCT", "Sternum"),
    "clavicle": Code("51299004", "SCT", "Clavicle"),
    "chest_wall": Code("78904004", "SCT", "Chest wall"),
    "shoulder": Code("16982005", "SCT", "Shoulder"),
    "upper_arm": Code("40983000", "SCT", "Upper arm"),
    "elbow": Code("16953009", "SCT", "Elbow joint"),
    "forearm": Code("14975008", "SCT", "Forearm"),
    "wrist": Code("74670003", "SCT", "Wrist joint"),
    "hand": Code("85562004", "SCT", "Hand"),
    "pelvis": Code("816092008", "SCT", "Pelvis"),
    "buttock": Code("46862004", "SCT", "Buttock"),
    "hip": Code("29836001", "SCT", "Hip"),
    "proximal_femur": Code("310651003", "SCT", "Proximal Femur"),
    "thigh": Code("68367000", "SCT", "Thigh"),
    "distal_femur": Code("310652005", "SCT", "Distal Femur"),
    "knee": Code("72696002", "SCT", "Knee"),
    "lower_leg": Code("30021000", "SCT", "Lower leg"),
    "ankle": Code("70258002", "SCT", "Ankle joint"),
    "foot": Code("56459004", "SCT", "Foot"),
}
"""Site of the vocabulary -> region of the body; what is not here has no place on a CT or no code."""
