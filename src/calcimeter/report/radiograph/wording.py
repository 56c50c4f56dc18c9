"""What is said of a radiograph, in sentences."""

from __future__ import annotations

from calcimeter.model.caveat import caveat
from calcimeter.model.measures import Estimate
from calcimeter.model.radiograph import RadiographDeposit
from calcimeter.model.radiograph_analysis import RadiographAnalysis
from calcimeter.report.wording import NBSP, count, enumeration, interval, length, number, product, sentence, term

NOT_EXCLUDED = (
    "A radiograph lays everything over everything: bone can hide a deposit, and a fold of bone can look like one. "
    "Finding nothing does not exclude a deposit."
)
ASK = "Shadows that can't be told from bone are not measured: look at them, and give a point inside with --at X,Y."
ASK_BETTER = (
    "Where a deposit was pointed to and has no border of its own, nothing was measured: give a --box around it."
)
WHOLE_CM2 = 1000.0
"""From so many mm² on areas are told in cm²."""
PLANES = {
    "patient": "lengths in the patient",
    "detector": "lengths at the detector: in the patient everything is smaller",
    "none": "no calibration: pixels only",
}
METHOD = (
    (
        "Values are those that the detector's or the reader's modality gives, before any window; turned over where the "
        "header says that low is dense, and the logarithm taken where they are proportional to the X-rays."
    ),
    "The collimator's border, empty margins, letters and markers are left out.",
    (
        "Deposits are outlined at their edge from a point or box that a reader gives, or from shadows found that are "
        "unlike bone; docs/radiographs.md tells how."
    ),
    (
        "Long axis: the longest distance between two points of the outline; short axis: the caliper width at right "
        "angles to it; area: inside the outline."
    ),
    (
        "Intervals are 95 % and join the error of the outline with that of the calibration: the spread of depths at "
        "which a deposit may lie, and, at the detector, every magnification that can be."
    ),
    "Side: by tags of a paired part, or by the body's midline where view and orientation are told; else not known.",
)


def headline(analysis: RadiographAnalysis) -> str:
    """The result in one line."""
    deposits, suspects = analysis.deposits, analysis.suspects
    if deposits:
        largest = size_of(deposits[0], analysis)
        side = f", {deposits[0].side}" if deposits[0].side else ""
        said = "Calcification of" if len(deposits) == 1 else f"{count(len(deposits), 'deposit').capitalize()}, largest"
        return f"{said} {largest}{side}"
    if suspects and not analysis.examined_px:
        return "No border was found where a deposit was pointed to: nothing was measured"
    if suspects:
        return f"No deposit told from bone; {count(len(suspects), 'shadow')} to look at"
    return "No deposit found, which does not exclude one"


def conclusion(analysis: RadiographAnalysis) -> str:
    """The result with what was looked at; never just "none"."""
    return f"{headline(analysis)}. {searched(analysis)}"


def searched(analysis: RadiographAnalysis) -> str:
    """What was looked at, and what stays open: the headline stands above it."""
    area = analysis.study.calibration.pixel_mm
    if not analysis.examined_px:
        told = "Nothing was searched: deposits were pointed to."
    elif area is None:
        told = f"Searched: {number(analysis.examined_px)} pixels."
    else:
        told = f"Searched: {number(analysis.examined_px * area**2 / 100)}{NBSP}cm²."
    if not analysis.suspects or not analysis.examined_px:  # pointed to, without a border: the headline says it
        return told
    return f"{count(len(analysis.suspects), 'shadow').capitalize()} can't be told from bone. {told}"


def reservations(analysis: RadiographAnalysis) -> list[str]:
    """What speaks against the measures of any deposit, with the deposits that it holds of."""
    codes = sorted({code for one in analysis.deposits for code in one.caveats})
    alone = len(analysis.deposits) == 1
    told = []
    for code in codes:
        ids = [str(one.id) for one in analysis.deposits if code in one.caveats]
        whose = "" if alone else f"Deposit{'s' if len(ids) > 1 else ''} {enumeration(ids)}: "
        told.append(f"{whose}{caveat(code).text}")
    return told


def size_of(deposit: RadiographDeposit, analysis: RadiographAnalysis) -> str:
    """Long and short axis, in mm where they are known, and in which plane."""
    if deposit.long_axis_mm is None or deposit.short_axis_mm is None:
        return f"{number(deposit.axes.long_px.value)} × {number(deposit.axes.short_px.value)} pixels"
    at = "" if analysis.study.calibration.plane == "patient" else " at the detector"
    return f"{product(deposit.long_axis_mm.value, deposit.short_axis_mm.value)}{at}"


def area_of(deposit: RadiographDeposit) -> str:
    """Area in cm² or mm², or in pixels."""
    if deposit.area_mm2 is None:
        return f"{number(deposit.area_px.value)} pixels"
    value = deposit.area_mm2.value
    return f"{number(value / 100, 1)}{NBSP}cm²" if value >= WHOLE_CM2 else f"{number(value)}{NBSP}mm²"


def with_interval(estimate: Estimate | None, pixels: Estimate) -> str:
    """A length with its interval, in mm or in pixels."""
    if estimate is None:
        if pixels.low is None or pixels.high is None:
            return f"{number(pixels.value, 1)} px"
        return f"{number(pixels.value, 1)} px ({number(pixels.low, 1)}–{number(pixels.high, 1)})"
    spread = interval(estimate, "length")
    return f"{length(estimate.value)} ({spread})" if spread else length(estimate.value)


def deposit_sentence(deposit: RadiographDeposit, analysis: RadiographAnalysis) -> str:
    """One deposit with its numbers."""
    where = f"{deposit.side} side" if deposit.side else "side not known"
    given = {"point": ", pointed to", "box": ", in a box that was given", None: ""}[deposit.given]
    how = f"contrast to noise {number(deposit.contrast_to_noise, 1)}"
    return sentence(f"{size_of(deposit, analysis)}, area {area_of(deposit)}, {where}{given}; {how}")


def caveats_of(deposit: RadiographDeposit) -> list[str]:
    """What speaks against the measures of one deposit."""
    return [caveat(code).text for code in sorted(deposit.caveats)]


def shell_lines(analysis: RadiographAnalysis) -> list[str]:
    """What the shell prints."""
    lines = [headline(analysis)]
    for one in analysis.deposits:
        lines.append(f"  {one.id}  {deposit_sentence(one, analysis)}")
        lines += [f"     caveat: {text}" for text in caveats_of(one)]
    for suspect in analysis.suspects:
        column, row = (round(value) for value in suspect.centroid_px)
        todo = (
            f"--at {column},{row} measures it" if analysis.examined_px else "give a --box around it, or another point"
        )
        lines.append(f"  ?  shadow at column {column}, row {row}: {suspect.because}; {todo}")
    if analysis.brooker is not None:
        grade = "not told" if analysis.brooker.grade is None else str(analysis.brooker.grade)
        lines.append(f"Brooker class {grade}: {analysis.brooker.because}")
    calibration = analysis.study.calibration
    lines.append(f"Calibration: {PLANES[calibration.plane]} ({calibration.source})")
    said = {code for one in analysis.deposits for code in one.caveats}
    all_caveats = sorted({*analysis.caveats, *analysis.study.caveats})
    lines += [f"caveat: {one.text}" for one in all_caveats if one.code not in said]
    return [*lines, NOT_EXCLUDED]


def plane_words(analysis: RadiographAnalysis) -> str:
    """In which plane lengths hold and what that rests on."""
    calibration = analysis.study.calibration
    pixel = "" if calibration.pixel_mm is None else f"{number(calibration.pixel_mm, 3)}{NBSP}mm a pixel, "
    times = "" if calibration.magnification is None else f"; magnified {number(calibration.magnification, 2)} times"
    return sentence(f"{pixel}{PLANES[calibration.plane]}: {calibration.source}{times}")


def view_words(analysis: RadiographAnalysis) -> str:
    """What the image shows, by its header."""
    study = analysis.study
    rows, columns = study.values.shape
    said = (
        term(study.body_part) if study.body_part else "part of the body not told",
        f"{term(study.view)} view" if study.view else "view not told",
        f"{rows} × {columns} pixels of {study.bits} bits",
    )
    return " · ".join(said)
