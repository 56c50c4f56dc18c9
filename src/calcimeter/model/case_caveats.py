"""What is not known of a whole case."""

from __future__ import annotations

CASE_TEXTS = {
    "CASE_BLOOD_AFTER_TREATMENT": (
        "All dated blood results were taken after treatment began: the differential rests on treated blood."
    ),
    "CASE_BLOOD_PARTLY_AFTER_TREATMENT": (
        "Some analytes were measured only after treatment began: for these the differential rests on treated blood."
    ),
    "CASE_BLOOD_ORDER_UNKNOWN": (
        "A blood result or a treatment has no date: whether the results that the differential rests on were taken "
        "before treatment is not known."
    ),
    "CASE_CT_NOT_COMPARED": "Two CT studies of one region could not be compared; the list of comparisons says why.",
    "CASE_DAYS_DIFFER": (
        "The day of a study in the case file, or in the first file of its folder, is not that of the images that were "
        "measured; the former counts. Check both."
    ),
    "CASE_DAYS_UNKNOWN": "A study has no date: it stands outside the time line, and no interval is told of it.",
    "CASE_JOINED_BY_SIZE": (
        "A deposit of a radiograph and one of CT are taken for one by region, side and size: nothing ties their "
        "positions together."
    ),
    "CASE_OF_TEST_OBJECT": (
        "The header of a study names a subject of quality control: its images are of a test object, not of a patient."
    ),
    "CASE_OTHER_PATIENT": (
        "A study is of another patient by its header and was left out: check that images, blood results and history "
        "are of the same person."
    ),
    "CASE_PATIENTS_DIFFER": (
        "The headers of the studies name more than one patient; the case file says that they are of one person. Check "
        "that they are."
    ),
    "CASE_READER_SIDE_DIFFERS": (
        "A reader names another side than what was measured there: check first which of them is right."
    ),
    "CASE_REGION_DIFFERS": (
        "The case file names another region for a CT than its images show; what the images show counts. Check that it "
        "is the study that is meant."
    ),
    "CASE_STUDY_REFUSED": "A study was refused; nothing of it is in this picture. The list of studies says why.",
    "CASE_STUDY_TWICE": "Two studies are the same images: what they show alike confirms nothing.",
    "DIFFERENTIAL_OF_THE_CASE": (
        "This study belongs to a case: its differential and blood results stand in the report of the whole case."
    ),
}

NOT_KNOWN_TO_BE_BEFORE = ("CASE_BLOOD_AFTER_TREATMENT", "CASE_BLOOD_ORDER_UNKNOWN", "CASE_BLOOD_PARTLY_AFTER_TREATMENT")
"""With one of these, blood results that the differential rests on may be of after treatment."""
