"""Whether there is a focus, there is none, or it can't be told."""

from __future__ import annotations

from calcimeter.model.caveat import Caveat, caveat
from calcimeter.model.scintigram import UNDECIDABLE, Focus, ScintigraphyStudy, Verdict


def decide(foci: tuple[Focus, ...], codes: set[str]) -> Verdict:
    """The verdict: a focus that was found under a caveat that leaves nothing to be told is none."""
    if codes & (set(UNDECIDABLE) - {"COUNTS_LOW"}):
        return "indeterminate"
    if foci:
        return "focus"
    return "indeterminate" if "COUNTS_LOW" in codes else "no_focus"


def collect(study: ScintigraphyStudy, foci: tuple[Focus, ...], codes: set[str]) -> tuple[Caveat, ...]:
    """Everything that is not known."""
    met = {
        "FOCUS_MAY_BE_NODULE": any(focus.in_lobe for focus in foci),
        "FOCUS_OUTSIDE_THYROID": any(not focus.in_lobe for focus in foci),
    }
    every = {one.code for one in study.caveats} | codes | {code for code, holds in met.items() if holds}
    return tuple(caveat(code) for code in sorted(every))
