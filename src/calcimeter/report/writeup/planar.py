"""What a radiograph and a parathyroid scintigraphy show, in sentences."""

from __future__ import annotations

from calcimeter.report.writeup.facts import Fact
from calcimeter.report.writeup.words import Words, counted, digits, listed, millimeters, say, show, term, together

VERDICTS = {"no_focus": "no focus of retained tracer", "indeterminate": "indeterminate"}
NO_BORDER = "OUTLINE_NOT_FOUND"
"""Caveat of a radiograph on which a reader pointed to deposits."""
GIVEN = {"point": "outlined where a reader pointed", "box": "outlined in a reader's box"}
PLANES = {"patient": "in the plane of the patient", "detector": "in the plane of the detector"}


def scintigraphy_sentences(study: Fact, named: Words | None) -> list[Words | None]:
    """How the images were made, the verdict, and each focus."""
    about = study["study"]
    made = say(
        "{named} was done with {tracer}, {view} view, with {interval} minutes between the images",
        named=named or show(about["modality"], "Parathyroid scintigraphy"),
        tracer=term(about["tracer"]),
        view=term(about["view"]),
        interval=digits(about["interval_min"]),
    ) or say("{named} was done", named=named)
    verdict = study["verdict"]
    if verdict.value != "focus":
        return [made, say("The verdict is: {verdict}", verdict=show(verdict, VERDICTS.get(verdict.value, "not known")))]
    foci = study["foci"].items()
    found = say("It shows {found} of retained tracer", found=counted(study["foci"], "focus"))
    return [made, found, *(words for focus in foci for words in _focus(focus))]


def scintigraphy_title(study: Fact) -> Words | None:
    """Where tracer is retained."""
    foci = [words for one in study["foci"].items() if (words := focus_place(one))]
    if study["verdict"].value == "focus":
        return say("Retained tracer {places}", places=listed(foci))
    return say("Parathyroid scintigraphy: {verdict}", verdict=term(study["verdict"]))


def focus_place(focus: Fact) -> Words | None:
    """Side and pole; a side that is not known is named as such."""
    side = term(focus["side"]) or show(focus["side"], "(side not known)")
    if focus["pole"].value == "ectopic":
        return say("at an {pole} place {side}", pole=term(focus["pole"]), side=side)
    if not focus["side"].known:
        return say("at the {pole} pole of a lobe {side}", side=side, pole=term(focus["pole"]))
    return say("at the {pole} pole of the {side} lobe", side=side, pole=term(focus["pole"]))


def _focus(focus: Fact) -> list[Words | None]:
    name = say("Focus {id}", id=digits(focus["id"]))
    ratios = say(
        "its ratio to the rest of the lobe is {early} early and {delayed} delayed, retention {retention}",
        early=digits(focus["ratio_early"], 2),
        delayed=digits(focus["ratio_delayed"], 2),
        retention=digits(focus["retention"], 2),
    )
    lies = say("{name} lies {place}", name=name, place=focus_place(focus))
    sure = say("Its z score, corrected for the area searched, is {z}", z=digits(focus["z_score"], 1))
    return [together([lies, ratios], "; "), sure]


def radiograph_sentences(study: Fact, named: Words | None) -> list[Words | None]:
    """What was found, each deposit with the plane that its lengths are of."""
    about = study["study"]
    scan = (
        named
        or say("The radiograph of the {part}", part=term(about["body_part"]))
        or show(about["modality"], "The radiograph")
    )
    found = counted(study["deposits"], "deposit")
    if not study["deposits"].value:
        first = say("{scan}: {found} were measured, which does not exclude any", scan=scan, found=found)
    else:
        first = say("{scan} shows {found}", scan=scan, found=found)
    return [first, *(_deposit(one, study["calibration"]) for one in study["deposits"].items()), _open(study)]


def _open(study: Fact) -> Words | None:
    """What was not measured: shadows that a reader pointed to, or others that were found."""
    suspects = study["suspects"]
    if not suspects.value:
        return None
    count = counted(suspects, "shadow")
    if any(one["code"].value == NO_BORDER for one in study["caveats"].items()):
        return say(
            "No border could be found of {count} that a reader pointed to; nothing was measured there", count=count
        )
    return say("{count} could not be told from bone", count=count)


def radiograph_title(study: Fact) -> Words | None:
    """The part of the body and what was found."""
    part = term(study["study"]["body_part"])
    if not study["deposits"].value:  # a title is no place for a "none" that needs its limits
        return say("Radiograph of the {part}", part=part)
    found = counted(study["deposits"], "calcified deposit")
    return say("Radiograph of the {part} with {found}", part=part, found=found) or say(
        "Radiograph with {found}", found=found
    )


def _deposit(one: Fact, calibration: Fact) -> Words | None:
    name = say("Deposit {id}", id=digits(one["id"]))
    side = term(one["side"]) or show(one["side"], "unknown")
    plane = PLANES.get(str(calibration["plane"].value))
    if plane is None:
        size = say(
            "{long} by {short} pixels, for {unknown}",
            long=digits(one["long_axis_px"]),
            short=digits(one["short_axis_px"]),
            unknown=show(calibration["plane"], "no length is known in this image"),
        )
    else:
        size = say(
            "{axes} {plane}",
            axes=millimeters(one["long_axis_mm"], one["short_axis_mm"]),
            plane=show(calibration["plane"], plane),
        )
    given = show(one["given"], GIVEN[one["given"].value]) if one["given"].value in GIVEN else None
    known = together([_range(one["long_axis_mm"]), given], "; ")
    size = say("{size} ({known})", size=size, known=known) or size
    return say("{name} measures {size}; its side is {side}", name=name, size=size, side=side)


def _range(length: Fact) -> Words | None:
    """How long the long axis may be, where that is known."""
    return say("the long axis {low} to {high}", low=_bound(length["low"]), high=_bound(length["high"]))


def _bound(length: Fact) -> Words | None:
    """One end of an interval."""
    return millimeters(length) if length.known else None
