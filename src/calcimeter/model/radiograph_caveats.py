"""What is not known of a radiograph, and why: the sentences of its caveats."""

from __future__ import annotations

RADIOGRAPH_TEXTS = {
    "ANNOTATIONS_BURNED_IN": (
        "The header says that annotations are burned into the image, and a name may stand there: its pictures go into "
        "no report of a case and no draft."
    ),
    "BURNED_IN_TEXT": "Letters or markers in the image were left out; what they cover was not looked at.",
    "CALIBRATION_CONTRADICTS": (
        "Two things that the header or a scale says of the size of a pixel contradict each other; the interval holds "
        "both."
    ),
    "CALIBRATION_DETECTOR_PLANE": (
        "Lengths are those at the detector: in the patient everything is smaller, by a magnification that is not "
        "known. The interval holds it."
    ),
    "CALIBRATION_NONE": "The image does not tell how long a pixel is: sizes are given in pixels only.",
    "DEPOSIT_OVER_BONE": (
        "Bone, or something as dense, lies over the deposit or beside it: part of its outline may be that of the other."
    ),
    "DEPOSIT_SATURATED": "The deposit is partly at the highest or lowest value of the image: its contrast is cut off.",
    "DEPOSIT_TOUCHES_EXPOSURE_BORDER": (
        "The deposit reaches the border of the exposed image: it may be larger than what is seen."
    ),
    "DISPLAY_VALUES": (
        "Gray levels were made for display: sizes hold, but contrast says nothing of the amount of calcium."
    ),
    "FRONTAL_NOT_SEEN": (
        "The header calls it a frontal view of the pelvis, but one half of the image is not like the other: it may "
        "show one side alone, a turned patient, or another view."
    ),
    "IMAGE_SATURATED": "Part of the image is at its highest or lowest value: an edge there may be lost.",
    "IMAGE_STITCHED": "The image was put together from several: a length across a seam may be off.",
    "LOW_CONTRAST_TO_NOISE": "The deposit is hardly denser than its surroundings: its outline is less sure.",
    "MARKER_MIRRORED": (
        "A letter in the image reads as in a mirror: the image may be shown turned over. No side was told by where a "
        "deposit lies."
    ),
    "OUTLINE_NOT_FOUND": (
        "What lies at a given place could not be told from its surroundings: it is not measured. Another point, or a "
        "box around it, may help."
    ),
    "OUTLINE_UNSURE": (
        "Part of the deposit's border is hardly seen: the outline may be that of a part of it, or of more."
    ),
    "PHOTOGRAPH": "The picture is a photograph of a film or a screen: it is distorted, and its gray levels are uneven.",
    "POLARITY_ASSUMED": "That bright is dense was taken on trust: the image does not tell it.",
    "POLARITY_CONTRADICTS": (
        "How the image is to be shown and what its values say of the X-rays contradict each other: what the values say "
        "was taken."
    ),
    "RADIOGRAPH_SIDES_CONTRADICT": (
        "Two things that the header or the image says of the side contradict each other: no deposit has a side."
    ),
    "RADIOGRAPH_SIDE_UNKNOWN": "The image does not tell which side is which: no deposit has a side.",
    "RADIOGRAPH_SUSPECTS": (
        "Some shadows can't be told from bone and are not measured: a reader's point in one says that it is a deposit."
    ),
    "RADIOGRAPH_VIEW_LATERAL": (
        "The view is lateral: deposits before and behind the bone lie over each other, and so do both sides."
    ),
    "RADIOGRAPH_VIEW_UNKNOWN": "The header does not tell from which direction the image was taken.",
    "SIDE_BY_MARKER": (
        "Sides rest on a letter L or R that was read in the image: see in the picture that it is one, and names a side."
    ),
    "VIEW_CONTRADICTS": "Two things that the header says of the view contradict each other: it is not known.",
}
