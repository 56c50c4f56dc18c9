"""What is said of a scintigraphy, in sentences."""

from __future__ import annotations

from calcimeter.model.scintigram import UNDECIDABLE, Focus, ScintigraphyAnalysis
from calcimeter.report.wording import NBSP, count, enumeration, number, sentence

NOT_EXCLUDED = (
    "In renal disease planar scintigraphy finds about 59 % of enlarged parathyroid glands (50 patients with secondary "
    "hyperparathyroidism, BMC Med Imaging 2017;17:67): no focus does not exclude disease, and one focus does not mean "
    "one gland."
)
NODULES = (
    "Thyroid nodules, lymph nodes and brown tumors can hold their tracer too: a focus is where to look, not what it is."
)
Z_MEANS = "standard deviations beyond what is expected there, corrected for the area searched"
METHOD = (
    "The early image is moved onto the delayed one in the frequency domain, which leaves counting noise as it is.",
    (
        "Lobes: two upright ellipses are compared with every place of the early image; each lobe is outlined at a "
        "share of its own uptake."
    ),
    (
        "Washout: the share of its early counts that each lobe keeps, fitted together with a background that varies "
        "slowly; corrected for decay and counting time."
    ),
    (
        "Foci: over and beside the lobes, counts beyond the lobe's own washout under a matched filter of known Poisson "
        "variance; elsewhere over neck and mediastinum, the delayed image against its surroundings."
    ),
    (
        "z is corrected for all places and filter widths that were searched. A focus needs 3.1: counting alone does "
        "that in one patient of a thousand, but background that is not even goes beyond counting."
    ),
    (
        "Ratios are background-corrected counts per pixel, focus over the rest of its lobe; retention is the delayed "
        "over the early ratio."
    ),
)


def place_of(focus: Focus) -> str:
    """Where a focus lies: "right lobe, lower pole"."""
    if focus.pole == "ectopic":
        if focus.side == "midline":
            return "beside no lobe, near the midline"
        return f"beside no lobe, {f'{focus.side} of the midline' if focus.side else 'side not known'}"
    part = "middle third" if focus.pole == "middle" else f"{focus.pole} pole"
    return f"{focus.side} lobe, {part}" if focus.side else f"{part} of a lobe, side not known"


def headline(analysis: ScintigraphyAnalysis) -> str:
    """The result in one line."""
    if analysis.verdict == "focus":
        places = enumeration([place_of(focus) for focus in analysis.foci])
        return sentence(f"{count(len(analysis.foci), 'focus')} of retained tracer: {places}").rstrip(".")
    if analysis.verdict == "no_focus":
        return "No focus of retained tracer"
    return "Indeterminate: whether tracer is retained can't be told"


def conclusion(analysis: ScintigraphyAnalysis) -> str:
    """The result with what it rests on; never just "none"."""
    if analysis.verdict == "indeterminate":
        reasons = _reasons(analysis)
        return f"{headline(analysis)}: {reasons}." if reasons else f"{headline(analysis)}."
    return " ".join([f"{headline(analysis)}.", *_searched(analysis)])


def findings(analysis: ScintigraphyAnalysis) -> list[str]:
    """What stands under the headline, in sentences: why nothing can be told, each focus, and what was searched.

    What z is stands where it is read first.
    """
    reasons = _reasons(analysis) if analysis.verdict == "indeterminate" else ""
    first = [focus_sentence(focus, explained=True) for focus in analysis.foci[:1]]
    others = [focus_sentence(focus) for focus in analysis.foci[1:]]
    return [*([sentence(reasons)] if reasons else []), *first, *others, *_searched(analysis)]


def focus_sentence(focus: Focus, *, explained: bool = False) -> str:
    """One focus with its numbers."""
    meant = f" ({Z_MEANS})" if explained else ""
    said = [f"z{NBSP}{number(focus.z_score, 1)}{meant}"]
    if focus.ratio_early is not None and focus.ratio_delayed is not None:
        early, delayed = (number(ratio, 2) for ratio in (focus.ratio_early, focus.ratio_delayed))
        said.append(f"focus over the rest of the lobe {early} early, {delayed} delayed")
    if focus.retention is not None:
        said.append(f"retention {number(focus.retention, 2)}")
    return sentence(f"{place_of(focus)}: {', '.join(said)}")


def _reasons(analysis: ScintigraphyAnalysis) -> str:
    """Why nothing can be told; empty where no caveat says it."""
    codes = {one.code for one in analysis.caveats} & set(UNDECIDABLE)
    return "; ".join(UNDECIDABLE[code] for code in sorted(codes))


def _searched(analysis: ScintigraphyAnalysis) -> list[str]:
    """How much of the neck was searched; nothing where it was not, or has no size."""
    if analysis.examined_mm2 is None:
        return []
    return [f"Searched: {number(analysis.examined_mm2 / 100)}{NBSP}cm² of neck."]


def shell_lines(analysis: ScintigraphyAnalysis) -> list[str]:
    """What the shell prints."""
    lines = [headline(analysis)]
    lines += [f"  {k}  {focus_sentence(focus, explained=k == 1)}" for k, focus in enumerate(analysis.foci, 1)]
    lines += [f"caveat: {one.text}" for one in analysis.caveats]
    return [*lines, NOT_EXCLUDED]
