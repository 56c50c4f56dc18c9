"""The thirteen items of the CARE checklist (2013), as far as measurements fill them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from calcimeter.report.writeup.draft import Draft, section
from calcimeter.report.writeup.facts import Fact
from calcimeter.report.writeup.illustrations import illustrate
from calcimeter.report.writeup.material import Material, Study, caveat_sentences, study_sentences, title_words
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
from calcimeter.report.writeup.words import Words, digits, say, show, term


def care_draft(material: Material, folder: Path) -> Draft:
    """Items 1 to 13, in their order."""
    main = material.main
    diagnosis, consent = diagnosis_words(main), consent_words(main)
    patient, treatments, course = patient_sentences(main), treatment_sentences(main), course_sentences(main)
    stated = say("The diagnosis, as the case file states it, is {diagnosis}", diagnosis=diagnosis)
    told = [*([stated] if stated else []), *treatments, *course]
    sections = (
        section("Title", asks=['Name the focus of the report, and the words "case report", in the title.']),
        section("Key words", points=_key_words(material), asks=["Two to five key words; check these."]),
        section("Abstract", patient[:1], told, asks=["What is new here; the lesson that the case teaches."]),
        section("Introduction", asks=["Why the case is worth telling, in a paragraph or two, with the literature."]),
        section(
            "Patient information", patient, asks=["Main complaints; family and social history; earlier treatment."]
        ),
        section("Clinical findings", asks=["What the examination showed."]),
        section("Timeline", points=_timeline(main), asks=["What else happened, and when; days, not dates."]),
        section(
            "Diagnostic assessment",
            *(study_sentences(study) for study in material.studies),
            same_deposit_sentences(main),
            blood_sentences(main),
            ranking_sentences(main),
            points=[*stated_rows(main), *ranked_rows(main)],
            asks=[
                "What stood in the way of the diagnosis (access, cost, language).",
                "Why the diagnosis was made and others left, in your own words; how it was proven.",
                "Prognosis, where it applies.",
            ],
        ),
        section(
            "Therapeutic intervention",
            treatments,
            asks=["Kind, dose, strength and duration of each treatment; what was changed and why."],
        ),
        section(
            "Follow-up and outcomes",
            [*course, *blood_course_sentences(main)],
            asks=["Outcome as clinician and patient judge it; adherence; adverse events."],
        ),
        section(
            "Discussion",
            points=caveat_sentences(material),
            asks=["Strengths and limits (those of the measurements stand here); the literature; the lesson."],
        ),
        section("Patient perspective", asks=["What the patient says of it, in the patient's own words."]),
        section(
            "Informed consent",
            [] if consent is None else [consent],
            asks=["The patient's written consent; the journal may ask for it."],
        ),
    )
    return Draft("care", title_words(material), sections, illustrate(material, folder))


def _key_words(material: Material) -> list[Words]:
    """Diagnosis, kinds of image, sites."""
    stated = diagnosis_words(material.main)
    kinds = {
        study.modality: _modality(study, study.document) for study in material.studies if study.document is not None
    }
    return [*([stated] if stated else []), *kinds.values()]


def _modality(study: Study, document: Fact) -> Words:
    names = {"CT": "computed tomography", "NM": "radionuclide imaging"}
    return show(document["study"]["modality"], names.get(study.modality, "radiography"))


def _timeline(main: Fact) -> list[Words]:
    """Studies and treatments in the order of their days; then those whose day is not known."""
    kinds = {"ct": "CT", "radiograph": "radiograph", "scintigraphy": "parathyroid scintigraphy"}
    events = []
    for one in main["timeline"]["studies"].items():
        kind = show(one["kind"], kinds.get(str(one["kind"].value), "study"))
        told = say("Day {day}: {kind} (study {number})", day=digits(one["day"]), kind=kind, number=digits(one["study"]))
        events.append((one["day"].value, told))
    events += [
        (one["day"].value, say("Day {day}: {what}", day=digits(one["day"]), what=term(one["what"])))
        for one in main["timeline"]["treatments"].items()
    ]
    dated = [words for _, words in sorted(events, key=lambda event: event[0])]
    return [words for words in (*dated, *_undated(main, kinds)) if words is not None]


def _undated(main: Fact, kinds: dict[str, str]) -> Iterator[Words | None]:
    """Left out, a treatment without a date would seem never to have been given."""
    for one in main["studies"].items():
        if not one["day"].known and one["folder"].known:
            kind = show(one["kind"], kinds.get(str(one["kind"].value), "study"))
            yield say("Day not known: {kind} (study {number})", kind=kind, number=digits(one["id"]))
    for one in main["treatments"].items():
        if not one["day"].known:
            yield say("Day not known: {what}", what=term(one["what"]))
