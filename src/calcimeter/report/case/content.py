"""What the report of a case says, as plain values that both templates (HTML and typst) print."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from calcimeter.model.case_result import CaseResult, CaseStudy, JoinedDeposit, Sighting, StudyPair
from calcimeter.model.chemistry import SET_ASIDE, Chemistry
from calcimeter.model.finding import Finding
from calcimeter.report.case.figures import CaseFigure
from calcimeter.report.case.summary import attention, facts, five_lines, headline, is_before_treatment, lead
from calcimeter.report.case.wording import (
    KINDS,
    day_words,
    place_words,
    response_words,
    size_words,
    study_headline,
    treatments_words,
)
from calcimeter.report.content import RESEARCH_USE
from calcimeter.report.reasoning import reasoning_content
from calcimeter.report.timeline_figure import explain_timeline
from calcimeter.report.timeline_table import blood_label, timeline_tables
from calcimeter.report.wording import enumeration, interval, sentence, term, volume

Content = dict[str, Any]

METHOD = (
    "Every study is measured by itself; its own report lies in its folder and says how.",
    "Days count from the patient's first study, without any from the first blood result. No calendar date is kept.",
    (
        "Two CT studies of one region are laid over each other bone by bone; deposits that come to lie on each other "
        "are one. A change counts beyond what both measurements could miss."
    ),
    (
        "A deposit of a radiograph and one of CT are taken for one by region, side and size: both axes against the "
        "projection of the CT outline, enlarged by at most a third."
    ),
    (
        "Findings of all studies are put together: present where one study shows it, absent where all that could show "
        "it say so. What a reader saw counts before a measurement, and a disagreement is shown."
    ),
    (
        "The differential rests on history, all findings, and the blood results up to the first treatment; treatment "
        "changes blood, and blood after it says nothing of the cause."
    ),
)
STUDY_HEADINGS = ("Study", "Day", "What", "Shows")
LIMITS = (
    "A case is only as complete as its studies: what lies outside them was not searched.",
    "The diagnosis that is named in the case file, and the differential that its author stated, are never evidence.",
)


def case_content(result: CaseResult, figures: tuple[CaseFigure, ...], drawing: str) -> Content:
    """All text and numbers of the report, formatted. Holds no name, identifier, calendar date or path.

    Parameters
    ----------
    drawing : str
        The time line as SVG; "" where there is none.
    """
    return {
        "title": "Case report",
        "research_use": RESEARCH_USE,
        "headline": headline(result),
        "findings": lead(result),
        "subtitle": "",
        "facts": facts(result),
        "lines": [{"label": label, "words": words} for label, words in five_lines(result)],
        "attention": attention(result),
        "figures": [_figure(figure) for figure in figures],
        "columns": 3 if sum(not _is_wide(figure) for figure in figures) in (3, 5, 6) else 2,
        "blood_heading": "Blood results before treatment" if is_before_treatment(result) else "Blood results",
        "drawing": explain_timeline(result.timeline) if drawing else None,
        "timeline": timeline_tables(result.timeline),
        "studies": {"headings": list(STUDY_HEADINGS), "rows": [_study_row(study) for study in result.studies]},
        "reports": [
            {"number": study.id, "folder": study.folder} for study in result.studies if study.folder is not None
        ],
        "deposits": {
            "headings": ["Deposit", "Study", "Place", "Size", "Volume", "95 % interval", "Fluid levels"],
            "rows": [row for deposit in result.deposits for row in _deposit_rows(deposit)],
        },
        "joined": [sentence(f"deposit {one.id}: {one.because}") for one in result.deposits if one.because],
        "reasoning": _reasoning(result),
        "treatments": sentence(treatments_words(result)),
        "comparisons": [
            [f"{pair.earlier} and {pair.later}", sentence(response_words(pair)), sentence(_because(pair))]
            for pair in result.comparisons
        ],
        "compared": [
            {"studies": f"{pair.earlier} and {pair.later}", "folder": pair.folder}
            for pair in result.comparisons
            if pair.folder is not None
        ],
        "caveats": [one.text for one in result.caveats],
        "study_caveats": _of_studies(result),
        "stated": _stated(result),
        "method": list(METHOD),
        "limits": list(LIMITS),
        "sources": _sources(result),
        "provenance": [
            ["Software", f"Calcimeter {result.version}"],
            *([f"Study {x.id}, input digest", x.input_sha256[:12]] for x in result.studies if x.input_sha256),
        ],
        "cite": f"Calcimeter {result.version}, a case of {len(result.studies)} studies",
    }


def labels_of(result: CaseResult) -> dict[str, str]:
    """Analyte -> name and unit as the drawing writes them."""
    return {line.analyte: blood_label(line) for line in result.timeline.blood}


def _figure(figure: CaseFigure) -> Content:
    return {
        "letter": figure.letter,
        "name": figure.name,
        "caption": figure.caption,
        "width": figure.size_px[0],
        "height": figure.size_px[1],
        "wide": _is_wide(figure),
    }


def _is_wide(figure: CaseFigure) -> bool:
    return figure.size_px[0] > 1.5 * figure.size_px[1]


def _study_row(study: CaseStudy) -> list[str]:
    region = f", {term(study.region)}" if study.region else ""
    return [str(study.id), day_words(study.day), f"{KINDS[study.kind]}{region}", sentence(study_headline(study))]


def _deposit_rows(deposit: JoinedDeposit) -> list[list[str]]:
    """One row a sighting; the deposit's number and place stand in the first."""
    return [
        [
            str(deposit.id) if k == 0 else "",
            f"{one.study} ({KINDS[one.kind]})",
            place_words(deposit) if k == 0 else "",
            size_words(one),
            "–" if one.volume_mm3 is None else volume(one.volume_mm3.value),
            "–" if one.volume_mm3 is None else interval(one.volume_mm3, "volume") or "–",
            _levels(one),
        ]
        for k, one in enumerate(deposit.seen)
    ]


def _levels(seen: Sighting) -> str:
    if seen.fluid_level is None:
        return "–"
    return str(seen.fluid_levels) if seen.fluid_levels else term(seen.fluid_level)


def _reasoning(result: CaseResult) -> Content:
    """The shared sections: blood before treatment (the trend has its own table), the differential, the signs."""
    told = {one.name for one in result.findings if one.present}
    findings = [
        Finding(one.name, one.present, one.because)
        for one in result.findings
        if not (one.name == "several_places" and "multifocal" in told)  # the same, said twice
    ]
    return reasoning_content(findings, result.differential, _blood(result), result.red_flags)


def _blood(result: CaseResult) -> Chemistry | None:
    """Those before treatment; that later ones are set aside is the page's method, and its table shows them all."""
    if result.chemistry is None or result.at_presentation is None:
        return None
    notes = tuple(note for note in result.chemistry.notes if not note.startswith(SET_ASIDE))
    return replace(result.at_presentation, trends={}, notes=notes)


def _of_studies(result: CaseResult) -> list[str]:
    """The caveats of the studies, each once with those that it is of; not the one that says that this is a case."""
    ids: dict[str, list[str]] = {}
    for study in result.studies:
        for one in study.caveats:
            if one.code != "DIFFERENTIAL_OF_THE_CASE":
                ids.setdefault(one.text, []).append(str(study.id))
    return [f"{'Study' if len(of) == 1 else 'Studies'} {enumeration(of)}: {text}" for text, of in ids.items()]


def _stated(result: CaseResult) -> str:
    """What the authors of the case say it is, and considered; apart from the evidence, and said to be none."""
    titles = {} if result.differential is None else {row.diagnosis: row.title for row in result.differential.ranked}
    case = result.case
    said = [f"the diagnosis {titles.get(case.diagnosis, term(case.diagnosis))}"] if case.diagnosis else []
    considered = [titles.get(one, term(one)) for one in case.stated_differential]
    said += [f"as the differential {enumeration(considered)}"] if considered else []
    return f"The case file states {' and '.join(said)}; that is no evidence here." if said else ""


def _because(pair: StudyPair) -> str:
    return pair.reason if pair.comparison is None else str(pair.comparison.because)


def _sources(result: CaseResult) -> list[str]:
    """The citations of the evidence behind the first three diagnoses."""
    if result.differential is None:
        return []
    told = result.differential.sources
    keys = {key for row in result.differential.ranked[:3] for item in row.evidence for key in item.source.split(", ")}
    return sorted({told[key] for key in keys if key in told})
