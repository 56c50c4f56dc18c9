"""What is not known of a scintigraphy, and why: the sentences of its caveats."""

from __future__ import annotations

SCINTIGRAPHY_TEXTS = {
    "COUNTS_LOW": (
        "The images hold too few counts: that there is no focus can't be told from chance, and washout is not given."
    ),
    "DURATION_UNKNOWN": (
        "How long an image was counted is not told, or not as it can have been: washout is not given."
    ),
    "FOCUS_MAY_BE_NODULE": (
        "A focus lies over or beside the thyroid: a thyroid nodule can hold its tracer and look the same. Ultrasound "
        "tells them apart."
    ),
    "FOCUS_OUTSIDE_THYROID": (
        "A focus lies beside no thyroid lobe: besides an ectopic gland, a lymph node or a lesion of bone can look "
        "the same."
    ),
    "HEAD_MOVED": (
        "The head lies otherwise in the delayed image than the neck does, as where it was turned: what lies at the "
        "edge of a salivary gland may be the gland itself, and a neck that turned with it shows its lobes elsewhere."
    ),
    "IMAGE_TYPE_UNKNOWN": (
        "The header does not say in the standard's words what kind of image this is (Image Type); that it is a planar "
        "one of counts is taken on trust, for nothing else in the header speaks against it."
    ),
    "NO_DELAYED_IMAGE": "There is no delayed image of the neck: whether tracer is retained can't be told.",
    "ONE_LOBE_FOUND": (
        "Only one lobe of the thyroid was found; beside the other one retained tracer may be called ectopic."
    ),
    "PHASES_EXCHANGED": "The images were given in the wrong order; by their times the other one is the early one.",
    "PHASES_MOVED": (
        "The patient moved between the images or within one: they can't be laid on each other, and washout is not"
        " given."
    ),
    "PHASES_UNSURE": (
        "When the images were taken is not told, and the thyroid counts more in the one given as delayed. Tracer "
        "washes out of a thyroid, so the two may be the wrong way round: give the other one first."
    ),
    "PINHOLE": "A pinhole collimator magnifies by distance: lengths and areas are not given.",
    "STUDIES_DIFFER": (
        "The two images belong to two studies; that they are of one patient and one examination is taken on trust."
    ),
    "THYROID_NOT_FOUND": "No thyroid lobe was found: there is nothing to compare washout with.",
    "TIMES_UNKNOWN": (
        "When the images were taken is not told, or not as it can have been (at one time): "
        "which is early is taken on trust, and no decay is corrected."
    ),
    "TRACER_UNKNOWN": "The header does not name the tracer; sestamibi is taken on trust.",
    "VIEWS_DIFFER": "The early and the delayed image show the neck from two sides: they can't be compared.",
    "VIEW_NOT_USABLE": (
        "The view is neither anterior nor posterior, or the image may stand upside down: lobes and their poles can't"
        " be told."
    ),
    "VIEW_POSTERIOR": "Seen from behind, through the spine: the thyroid is fainter, and a small focus may be missed.",
    "VIEW_UNKNOWN": "The header does not tell from which side the image was taken: no focus has a side.",
}
