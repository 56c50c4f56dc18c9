"""The sections of a case for Eurorad, as far as measurements fill them."""

from __future__ import annotations

from pathlib import Path

from calcimeter.report.writeup.draft import Draft, section
from calcimeter.report.writeup.illustrations import illustrate
from calcimeter.report.writeup.material import Material, caveat_sentences, study_sentences, title_words
from calcimeter.report.writeup.patient import (
    blood_course_sentences,
    blood_sentences,
    consent_words,
    course_sentences,
    patient_sentences,
    same_deposit_sentences,
    treatment_sentences,
)
from calcimeter.report.writeup.reasons import diagnosis_words, ranked_rows, ranking_sentences, stated_rows


def eurorad_draft(material: Material, folder: Path) -> Draft:
    """Title, section, history, findings, discussion, diagnosis, differential, figures; in the order of the form."""
    main = material.main
    diagnosis, consent = diagnosis_words(main), consent_words(main)
    stated, ranked = stated_rows(main), ranked_rows(main)
    sections = (
        section("Section", asks=["Choose the section and the area of interest in the form of Eurorad."]),
        section(
            "Clinical history",
            [*patient_sentences(main), *blood_sentences(main)],
            asks=["Complaints, how long they lasted, examination, and the question to imaging; no date, no name."],
        ),
        section(
            "Imaging findings",
            *(study_sentences(study) for study in material.studies),
            [*same_deposit_sentences(main), *course_sentences(main)],
            asks=["Check each finding on the images; add what the software does not look at."],
        ),
        section(
            "Discussion",
            treatment_sentences(main),
            blood_course_sentences(main),
            ranking_sentences(main),
            asks=[
                "Background: the disease, how often it is and what it comes from.",
                "Clinical perspective: what the patient complains of, and why imaging was needed.",
                "Imaging perspective: which finding led to the diagnosis, and how it was proven.",
                "Outcome: how the patient was treated and what became of it.",
            ],
        ),
        section("Take-home points", asks=["What a reader should remember, in a few points."]),
        section(
            "Final diagnosis",
            [] if diagnosis is None else [diagnosis],
            asks=["How the diagnosis was proven."] if diagnosis else ["The diagnosis; the ranking is none."],
        ),
        section(
            "Differential diagnosis list",
            points=[*stated, *ranked],
            asks=["Keep what was truly considered; leave the percentages out."],
        ),
        section("References", asks=["The literature that the discussion rests on."]),
        section(
            "Consent",
            [] if consent is None else [consent],
            asks=["The patient's written consent to publication, in the form that Eurorad asks for."],
        ),
        section(
            "Limits of the measurements", points=caveat_sentences(material), asks=["Keep those that bear on the case."]
        ),
    )
    return Draft("eurorad", title_words(material), sections, illustrate(material, folder))
