"""What is not known, and why: the code a program reads and the sentence a person reads."""

from __future__ import annotations

from dataclasses import dataclass

from calcimeter.model.case_caveats import CASE_TEXTS
from calcimeter.model.radiograph_caveats import RADIOGRAPH_TEXTS
from calcimeter.model.scintigraphy_caveats import SCINTIGRAPHY_TEXTS

TEXTS = {
    "AGATSTON_NOT_COMPUTED": (
        "No Agatston score: it is defined for scans without contrast medium at 70, 80, 100, 120 and 135 kV."
    ),
    "ANATOMY_GIVEN": (
        "Names and sides of bones come from a label map that was given; its sides were checked only against the header "
        "and, where it has liver and spleen or stomach, against these."
    ),
    "BACKGROUND_UNKNOWN": "No tissue around it tells the background: no interval, mass and mineral volume are given.",
    "BLOOD_NOT_USED": "Of the blood results that were given none could be used; the notes among them say why.",
    "BONES_NOT_NAMED": "Bone in view could not be named; a deposit beside it has a distance, but no name and no side.",
    "CALIBRATION_NOMINAL": (
        "Mass rests on tabulated attenuation at the tube voltage, not on a measurement of this scan: masses of all "
        "lesions may be off together, by the uncertainty of the calibration."
    ),
    "CALIBRATION_NOT_AVAILABLE": "HU could not be turned into hydroxyapatite: no mass and no mineral volume are given.",
    "CALIBRATION_UNUSUAL": (
        "The slope of the rods or the phantom lies outside what tabulated attenuation has at the tube voltage: rods of "
        "another material, or boxes that miss them, make all masses wrong alike."
    ),
    "COMPARED_BY_SHAFT": (
        "Both scans show little more than a shaft of bone, which can slide along itself and is much the same in all "
        "people: that they are of one patient, and where along the bone a deposit lies, is not certain."
    ),
    "COMPARED_CALIBRATION": "The two scans were calibrated in different ways: no change of mass is given.",
    "COMPARED_DEIDENTIFIED": (
        "The headers of a scan were de-identified: its patient's id and its date are made up, and tell of one patient "
        "and of the days between only where both scans were de-identified together."
    ),
    "COMPARED_EDITED": (
        "A reader changed the result of one of the scans or of both: what differs between them may be the reader's "
        "doing."
    ),
    "COMPARED_KERNEL": "The two scans have different kernels: the detectable change is wider for it.",
    "COMPARED_KVP": "The two scans have different tube voltages: the detectable change is wider for it.",
    "COMPARED_NEW_UNKNOWN": (
        "How many deposits are new is not known: what the later scan alone shows may have been there before, or the "
        "later scan was not searched."
    ),
    "COMPARED_SAME_IMAGES": (
        "Both results are of the same images: what differs between them is no change of the patient, and what does not "
        "says nothing of his course."
    ),
    "COMPARED_SETTINGS": (
        "The two scans were analyzed with different settings: what differs between them may come of that. Analyze both "
        "with the same ones."
    ),
    "COMPARED_THICKNESS": "Slices of the two scans differ in thickness: the detectable change is wider for it.",
    "COMPARED_UNCERTAIN_NEW": (
        "The later scan shows a deposit of uncertain category where there was none: it is not counted as new, and "
        "should be looked at."
    ),
    "COMPARED_VERSIONS": (
        "The two scans were analyzed with different versions of Calcimeter, whose volumes may differ by more than the "
        "detectable change: analyze both with one."
    ),
    "COMPARED_VIEWS_DIFFER": "Some deposits lie outside what the other scan shows: nothing is said of their change.",
    "COMPARED_VOLUME_UNKNOWN": (
        "No volume of all deposits together is given: some can't be followed from one scan to the other, or a scan was "
        "not searched, and a sum would leave something out."
    ),
    "COMPARED_WITHOUT_DATE": "The date of a study is not known: neither the days between are, nor their order.",
    "COMPARED_WITHOUT_PATIENT": "That both scans are of one patient is told by the skeletons alone.",
    "CONE_BEAM": (
        "The scanner is one of a cone of rays, whose values are no true HU: no mass, mineral volume and Agatston score "
        "are given, and what is faint or beside bone and metal may be missed or wrong."
    ),
    "CONTRAST_GIVEN": "The header names a contrast medium: vessels and organs may be as dense as calcium.",
    "CONTRAST_PRESENT": "Contrast medium was seen; deposits inside or beside it may be missed.",
    "CUT_FROM_BONE": "It was cut off the bone that it lies on; where bone ends and it begins is an estimate.",
    "DERIVED_IMAGES": (
        "The images were computed from others, not reconstructed by the scanner: edges and density may differ "
        "from the original."
    ),
    "DICOM_RESULTS_NOT_WRITTEN": (
        "The input is not DICOM, or is split over several multi-frame files: no DICOM SEG or SR is attached to a study."
    ),
    "DIFFERENTIAL_NOT_COMPUTED": "No deposit of soft tissue or joints was found that a diagnosis could explain.",
    "EDITED_BY_READER": "A reader changed the result; the changes are listed in the provenance.",
    "ENVELOPE_OPEN": "Its wall is not closed on every side; fluid or core outside the wall may not be counted.",
    "FIELD_OF_VIEW_CROPPED": "The body reaches the border of the images; what lies beyond was not examined.",
    "FILES_UNREADABLE": (
        "Some files of the input are damaged or could not be read: the scan may be longer than what was measured."
    ),
    "FLUID_LEVEL_INDETERMINATE": "Whether it holds a fluid-calcium level can't be told; the lesion says why.",
    "FUSED_TO_BONE_NOT_EXAMINED": (
        "A deposit fused to bone is cut off it only where it bulges, is even and less dense than cortex; others go "
        "with the bone and are missed."
    ),
    "GIVEN_OUTLINE": "The outline was given, not found; nothing else was searched for.",
    "GRAY_LEVELS_SCALED": "Values were not whole Hounsfield units and are kept as fractions.",
    "HU_RANGE_CLIPPED": (
        "The highest values are cut off: what is denser looks less dense than it is, and larger. Of a lesion that this "
        "reaches no mass is given, and no 95 % interval of volume and axes."
    ),
    "HU_RANGE_EXTENDED": "Values go beyond the usual scale of 3071 HU: metal is denser than on an ordinary scan.",
    "INTERVAL_NOT_AVAILABLE": (
        "Its volume carries no 95 % interval: how far off an outline is that was drawn, is open, or that the images "
        "or the end of their scale cut off, is not known."
    ),
    "KERNEL_SHARP": "The kernel is sharp: it makes edges denser than they are, and noise larger.",
    "KERNEL_UNKNOWN": (
        "The reconstruction kernel is not known to be soft: a sharp one makes edges denser than they are."
    ),
    "KVP_UNKNOWN": "The tube voltage is not known; no calibration is possible.",
    "LESIONS_OVERLAP": (
        "It shares voxels with another lesion: sums count twice what both hold, and in lesions.nii.gz the smaller one "
        "shows there; in the segmentations each is whole."
    ),
    "LESION_SMALL": "Fewer than 27 voxels: shape and volume are uncertain.",
    "LESION_TOUCHES_BONE": "Touches bone; the border between the two is uncertain.",
    "LOSSY_COMPRESSION": (
        "The images were, or may have been, compressed with loss: faint and small deposits may be altered."
    ),
    "MASS_NOT_AVAILABLE": (
        "Its mass is not given: its density is cut off at the end of the scale, or metal took as much from it as it "
        "has."
    ),
    "METAL_BESIDE": (
        "Metal or its streaks reach it: part of it may have been taken for a streak, or a streak for part of it. Its "
        "volume and mass carry no 95 % interval."
    ),
    "METAL_PRESENT": "Metal was seen; its surroundings are streaked and were not searched.",
    "MONOENERGETIC": (
        "Computed for one photon energy: HU of calcium differ from those of an ordinary scan, and thresholds "
        "and calibration made for a tube voltage do not hold."
    ),
    "NOISY": "The scan is noisy; faint deposits may be missed and outlines are rough.",
    "NO_SKELETON": "No bone was recognized in the images; distances to bone are not given.",
    "OUTLINE_IN_BONE": (
        "Most of what is dense in the outline given was recognized as bone: it may have been drawn on bone, or lie in "
        "the wrong place, as on the other side."
    ),
    "OUTLINE_NOT_DENSE": (
        "Nothing in the outline given is as dense as what is searched for: it may have been drawn on another scan or "
        "date, or be out of place. It counts as uncertain, not as a calcification."
    ),
    "PATIENT_IS_CHILD": (
        "By the age told or the header the patient is a child: what tells bone from deposit, names of bones and places "
        "were chosen on adults, and growth plates and small bones may be taken for something else."
    ),
    "PLACE_INCOMPLETE": "Where it lies is told only in part: what the images do not show of it is left out.",
    "POSITION_UNKNOWN": "The patient's position is not known; gravity can't be told.",
    "PREFERRED_SERIES_REFUSED": (
        "Another series of the input would have been taken first, but can't be measured; the list of series says why."
    ),
    "REGIONS_UNKNOWN": (
        "No bone is known by name, or too little of it is in view: which regions of the body were searched is not told."
    ),
    "SHAPE_INCOMPLETE": "Lobes or pattern can't be told: too few voxels for it, or the evidence contradicts itself.",
    "SIDES_CONTRADICT": (
        "Header and anatomy disagree on which side is right, or two signs of it in the body do: no bone has a side. "
        "The position in the header may be wrong, or the images turned over."
    ),
    "SIDE_UNKNOWN": (
        "Some bones have no side: what is in view does not tell it twice, by where they lie and by which way the body "
        "says right is."
    ),
    "SLICES_APART": "Slices lie farther apart than they are thick: what is between them was not imaged.",
    "SLICES_THICK": "Slices are thicker than 3 mm; small deposits may be missed and sizes along the body are coarse.",
    "THINNER_THAN_BLUR": (
        "Much of it is thinner than the blur of the scan, which shows its mass but not its own density: its volume "
        "lies between that of the density seen and that of the densest calcification."
    ),
    "TOUCHES_BORDER": "Cut by the border of the images: it may be larger than measured.",
    **RADIOGRAPH_TEXTS,
    **SCINTIGRAPHY_TEXTS,
    **CASE_TEXTS,
}

OF_THIS_VERSION = ("FUSED_TO_BONE_NOT_EXAMINED",)
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
