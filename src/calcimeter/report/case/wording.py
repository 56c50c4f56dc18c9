"""A case in words: the patient, a deposit, a study, a comparison."""

from __future__ import annotations

from calcimeter.model.case_result import CaseResult, CaseStudy, JoinedDeposit, Sighting, StudyPair
from calcimeter.report.comparison_page import RESPONSES
from calcimeter.report.wording import (
    NBSP,
    count,
    enumeration,
    interval,
    length,
    number,
    product,
    sentence,
    term,
    volume,
)

SEXES = {"M": "man", "F": "woman", "O": "person", None: "person"}
CHILDREN = {"M": "boy", "F": "girl", "O": "child", None: "child"}
ADULT_YEARS = 18
KINDS = {"ct": "CT", "radiograph": "Radiograph", "scintigraphy": "Parathyroid scintigraphy", None: "Unknown kind"}


SHADOWS = {
    "OUTLINE_NOT_FOUND": "a shadow was pointed to whose border could not be found; it is not measured",
    "RADIOGRAPH_SUSPECTS": "shadows that can't be told from bone; no deposit was measured",
}
"""Caveat of a radiograph without a deposit -> what to say of it."""
NO_SHADOW = "no deposit outlined; a radiograph can't exclude one"


def patient_line(result: CaseResult) -> str:
    """Who it is, what is known of his history, and what is known not to be."""
    subject = result.case.subject
    age = "" if subject.age_years is None else f" of {subject.age_years:g} years"
    told = [term(name) for name, holds in result.case.history.items() if holds]
    denied = [term(name) for name, holds in result.case.history.items() if not holds]
    is_child = subject.age_years is not None and subject.age_years < ADULT_YEARS
    said = [f"{(CHILDREN if is_child else SEXES)[subject.sex]}{age}"]
    said += [f"history of {enumeration(told)}"] if told else [] if denied else ["history not told"]
    said += [f"no {' and no '.join(denied)}"] if denied else []
    return sentence("; ".join(said))


def place_words(deposit: JoinedDeposit) -> str:
    """Side and site: "left hip"; a place in the midline needs no side, a side alone is "left side"."""
    words = [deposit.side if deposit.side in ("left", "right") else "", term(deposit.site or "")]
    if words[0] and not words[1]:
        words[1] = "side"
    return " ".join(word for word in words if word) or "a place not known"


def deposit_sentence(deposit: JoinedDeposit) -> str:
    """Where it lies, how large it is and what it looks like, from the study that tells most."""
    seen = deposit.clearest
    said = [_beside(deposit, seen), size_words(seen)]
    if seen.volume_mm3 is not None:
        said.append(volume(seen.volume_mm3.value))
    if seen.lobes is not None and seen.lobes > 1:
        said.append("lobed")  # how many a reader sees is not what necks alone part
    if seen.fluid_levels:
        said.append(f"with {count(seen.fluid_levels, 'fluid-calcium level')}")
    return f"{place_words(deposit).capitalize()}: {', '.join(word for word in said if word)}"


def size_words(seen: Sighting) -> str:
    """Length by width, as a radiograph shows it where that is known; of a radiograph how sure the length is."""
    if "coronal" in seen.projected_mm:
        return f"{product(*seen.projected_mm['coronal'])} from the front{_doubt(seen)}"
    if seen.long_axis_mm is None or seen.short_axis_mm is None:
        return "size not known"
    return f"{product(seen.long_axis_mm, seen.short_axis_mm)}{_doubt(seen)}"


def slice_words(seen: Sighting) -> str:
    """The axes as they are drawn in the key slice."""
    if seen.long_axis_mm is None or seen.short_axis_mm is None:
        return ""
    return product(seen.long_axis_mm, seen.short_axis_mm)


def study_headline(study: CaseStudy) -> str:
    """What one study shows, in one line; what is of uncertain nature is told of, for no deposit of the case is."""
    if not study.measured:
        return f"refused: {study.reason}"
    uncertain = f"; {count(study.uncertain, 'object')} of uncertain nature" if study.uncertain else ""
    return f"{_shown(study)}{uncertain}"


def focus_words(side: str | None, pole: str) -> str:
    """Where a focus lies."""
    if pole == "ectopic":
        return f"beside no lobe, {side or 'side not known'}"
    return f"{pole} pole of the {side} lobe" if side else f"{pole} pole of a lobe, side not known"


def day_words(day: int | None) -> str:
    """A day as tables show it."""
    return "–" if day is None else number(day)


def response_words(pair: StudyPair) -> str:
    """What a comparison amounts to, with its interval."""
    if pair.comparison is None:
        return f"not compared: {pair.reason}"
    days = pair.comparison.interval_days
    after = "" if days is None else f" after {number(days)}{NBSP}days"
    return f"{RESPONSES[pair.comparison.response].lower()}{after}"


def treatments_words(result: CaseResult) -> str:
    """What was done, each with its day: one without a day would seem to be of that of the next."""
    told = [
        f"{term(what)} {'(day not known)' if day is None else f'on day {number(day)}'}"
        for what, day in result.treatments
    ]
    return enumeration(told)


def _beside(deposit: JoinedDeposit, seen: Sighting) -> str:
    """Where it lies by its bone: "anterolateral to the greater trochanter"."""
    bone, part = term(deposit.bone or ""), term(deposit.part or "")
    if not bone:
        return ""
    side = f"{deposit.side} " if deposit.side in ("left", "right") else ""
    what = f"the {part} of the {side}{bone}" if part else f"the {side}{bone}"
    away = "" if seen.distance_mm is None else f", {length(seen.distance_mm)} from it"
    return f"{seen.direction} to {what}{away}" if seen.direction else f"beside {what}{away}"


def _doubt(seen: Sighting) -> str:
    """Where a length of a radiograph holds, and within what."""
    within = None if seen.radiograph_axis is None else interval(seen.radiograph_axis, "length")
    said = ["at the detector, enlarged"] if seen.is_enlarged else []
    said += [f"length {within}"] if within else []
    return f" ({', '.join(said)})" if said else ""


def _shown(study: CaseStudy) -> str:
    if study.kind == "scintigraphy":
        places = [focus_words(focus.side, focus.pole) for focus in study.foci]
        return f"retained tracer: {enumeration(places)}" if places else _without_focus(study)
    if study.deposits:
        sizes = [f"{_site(one)}{size_words(one)}" for one in study.deposits[:3]]
        more = f" and {len(study.deposits) - 3} more" if len(study.deposits) > 3 else ""
        pointed = "; outlined where a reader pointed" if study.is_pointed_to else ""
        return f"{count(len(study.deposits), 'soft-tissue deposit')}: {'; '.join(sizes)}{more}{pointed}"
    if study.kind == "radiograph":
        codes = {one.code for one in study.caveats}
        return next((words for code, words in SHADOWS.items() if code in codes), NO_SHADOW)
    over = "" if study.limit_mm3 is None else f" over {volume(study.limit_mm3)}"
    where = enumeration([term(region) for region in study.regions]) or "what it shows"
    return f"no soft-tissue deposit{over} in {where}"


def _site(seen: Sighting) -> str:
    side = seen.side if seen.side in ("left", "right") else ""
    place = " ".join(word for word in (side, term(seen.site or ("side" if side else ""))) if word)
    return f"{place}, " if place else ""


def _without_focus(study: CaseStudy) -> str:
    for finding in study.findings:
        if finding.name == "parathyroid_focus":
            return "no retained tracer" if finding.present is False else finding.because
    return "whether tracer is retained is not known"
