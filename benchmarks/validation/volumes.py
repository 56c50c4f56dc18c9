"""Volumes, intervals and axes of the judging set: half of it made by the package's scanner, half by the simulator."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import numpy as np

from calcimeter.phantom.outline import outline_of
from shown import Section, share, table
from validation import plots
from validation.bound import relative_bound
from validation.measure import analyzed, interval_of, lesion_at
from validation.objects import NOVEL, SIZES_MM3, SizeClass, judging_objects
from validation.physics import TUBES
from validation.run import Row, in_parallel, rows_of
from validation.scenes import Plan, plans, scanned
from validation.seeds import judging
from validation.statistics import (
    bias,
    covered,
    percent,
    plain_errors,
    relative_half_width,
    spread,
    volume_cells,
    volume_errors,
)

SEED = judging(90_210)
NAMES: dict[SizeClass, str] = {"large": "10 ml and above", "medium": "1 to 10 ml", "small": "0.1 to 1 ml"}
LIMITS: dict[SizeClass, tuple[float, float]] = {"large": (0.02, 0.05), "medium": (0.05, 0.12), "small": (0.10, 0.25)}
"""Bias and 95th percentile of the absolute error."""
COVERED, WIDEST = (0.90, 0.98), 3.0
BOUNDS_OF = 60
TUBES_APART = 1000
"""Tubes set aside for a class: each scan has its own."""
ROD_RADIUS_MM, ROD_HALF_LENGTH_MM = 6.0, 8.0


class Task(NamedTuple):
    """A scan to make and measure; the rest says how it is simulated, if it is."""

    plan: Plan
    simulated: bool
    number: int
    tube: int


def judged_rows(size_class: SizeClass, n: int) -> list[Row]:
    """Every object of the class, measured."""
    tasks, first_tube = [], len(TUBES) + TUBES_APART * list(SIZES_MM3).index(size_class)
    for novel in (False, True):
        objects = judging_objects(size_class, n // 2, novel=novel)
        scans = enumerate(plans(objects, size_class, SEED + novel))
        tasks += [Task(plan, novel, k, first_tube + k) for k, plan in scans]
    return [row for rows in in_parallel(measured, tasks) for row in rows]


def measured(task: Task) -> list[Row]:
    """Scan and measure one plan, and say how long and wide its objects truly are."""
    if not task.simulated:
        rows = rows_of(task.plan, scanned(task.plan))
    else:
        from validation.simulator import simulated  # compiles its loops: only where needed

        # Kernels and rods in turn, so that every combination occurs.
        soft_edge = task.number // 2 % 2 == 1
        scan = simulated(task.plan, task.tube, rods=task.number % 3 == 0, soft_edge=soft_edge)
        rows = rows_of(replace(task.plan, acquisition=scan.acquisition), scan.volume, scan.masses_mg)
        if scan.rods:
            rows = _with_rods(rows, task.plan, scan)
    return [_with_axes(row, part.envelope) for row, part in zip(rows, task.plan.parts(), strict=True)]


def _with_axes(row: Row, envelope: object) -> Row:
    long_mm, short_mm, _ = outline_of(envelope).axes_mm()  # type: ignore[arg-type]
    return replace(row, more=row.more | {"long_axis_mm": long_mm, "short_axis_mm": short_mm})


def _with_rods(rows: list[Row], plan: Plan, scan: object) -> list[Row]:
    """The mass once more, calibrated with the rods of the scan as a user would name them."""
    acquisition, rods = scan.acquisition, scan.rods  # type: ignore[attr-defined]
    z = acquisition.center_mm[2]
    lines = [
        f"  - {{mg_ha_per_ml: {density:g}, center_mm: [{x:.2f}, {y:.2f}, {z:.2f}], radius_mm: {ROD_RADIUS_MM:g}}}"
        for x, y, density in rods
    ]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "rods.yaml"
        path.write_text("rods:\n" + "\n".join(lines) + "\n", encoding="utf-8")
        record = analyzed(scan.volume, acquisition, calibration=path)  # type: ignore[attr-defined]
    found = [lesion_at(record, center, shaped.reach_mm) for shaped, center in plan.objects]
    return [
        replace(row, more={"rod_mass": interval_of(lesion, "mass_mg_ha"), "rod": record["calibration"]})
        for row, lesion in zip(rows, found, strict=True)
    ]


def section(rows_by_class: dict[SizeClass, list[Row]]) -> Section:
    """Volume and intervals."""
    page = Section("Volume and its interval")
    for size_class, rows in rows_by_class.items():
        _judge(page, size_class, rows)
    page.notes.append(_overview(rows_by_class))
    page.notes.append(_by_kind(rows_by_class))
    page.notes.append(_bounds(rows_by_class))
    page.notes.append(_gallery())
    page.notes.append(plots.volume_errors(rows_by_class, NAMES))
    page.notes.append(plots.intervals(rows_by_class, NAMES))
    return page


def _judge(page: Section, size_class: SizeClass, rows: list[Row]) -> None:
    """The demands on one class."""
    name, (most_bias, most_spread) = NAMES[size_class], LIMITS[size_class]
    errors, plain = volume_errors(rows), plain_errors(rows)
    missed = sum(row.lesion is None for row in rows)
    page.judge(
        f"{name}: bias within {100 * most_bias:g} %",
        f"{percent(bias(errors))} (130 HU: {percent(bias(plain))}; {len(rows)} objects, {missed} not found)",
        holds=abs(bias(errors) or 1) <= most_bias,
    )
    page.judge(
        f"{name}: 95th percentile of the absolute error within {100 * most_spread:g} %",
        f"{percent(spread(errors), plus=False)} (130 HU: {percent(spread(plain), plus=False)})",
        holds=(spread(errors) or 1) <= most_spread,
    )
    hits, n = covered(rows)
    width = relative_half_width(rows)
    asked = f"{name}: 95 % intervals hold the truth in 90 to 98 %"
    if n == 0 or width is None:
        page.skip(asked, "no intervals yet")
        return
    page.judge(asked, share(hits, n), holds=COVERED[0] <= hits / n <= COVERED[1])
    page.judge(
        f"{name}: median half-width at most 3 standard deviations of the error",
        f"{width:.2f}",
        holds=width <= WIDEST,
    )


COLUMNS = ("", "n", "not found", "bias", "median", "P95 of error", "covered", "half-width / SD", "130 HU: bias", "P95")


def _overview(rows_by_class: dict[SizeClass, list[Row]]) -> str:
    """Each class by scanner."""
    lines = []
    for size_class, rows in rows_by_class.items():
        for simulated, scanner in ((False, "own scanner, kinds known to tuning"), (True, "simulator, new kinds")):
            some = [row for row in rows if row.simulated is simulated]
            lines.append((f"{NAMES[size_class]}: {scanner}", *volume_cells(some)))
    return table(COLUMNS, lines)


def _by_kind(rows_by_class: dict[SizeClass, list[Row]]) -> str:
    """All classes together by kind."""
    rows = [row for some in rows_by_class.values() for row in some]
    kinds = list(dict.fromkeys((row.simulated, row.kind) for row in rows))
    lines = [
        (
            f"{kind}{' (new)' if simulated else ''}",
            *volume_cells([r for r in rows if (r.simulated, r.kind) == (simulated, kind)]),
        )
        for simulated, kind in kinds
    ]
    return "By kind, all sizes:\n\n" + table(COLUMNS, lines)


def _bounds(rows_by_class: dict[SizeClass, list[Row]]) -> str:
    """The Cramer-Rao bound beside what was reached."""
    lines = []
    for size_class, rows in rows_by_class.items():
        bounds = np.array([relative_bound(row) for row in rows[:: max(1, len(rows) // BOUNDS_OF)]])
        errors = volume_errors(rows)
        plain = [row for row in rows if row.kind in ("ball", "ellipsoid")]
        own = volume_errors(plain)
        lines.append(
            (
                NAMES[size_class],
                f"{100 * np.median(bounds):.2f} %",
                f"{100 * np.quantile(bounds, 0.95):.2f} %",
                f"{100 * own.std():.2f} %" if len(own) > 2 else "–",
                f"{100 * errors.std():.2f} %" if len(errors) > 2 else "–",
            )
        )
    names = ("", "bound, median", "bound, 95th percentile", "reached: balls and ellipsoids", "reached: all")
    return (
        "**How far from physics.** The least standard deviation of the volume that any unbiased method could reach for "
        "a ball whose shape and blur are known (Cramér-Rao bound; one for each scan of the class), beside the standard "
        "deviation of the error:\n\n"
        + table(names, lines)
        + "\nThe ball has two unknowns that matter, radius and level, and the spectrum "
        "`S = A 4πR³ j₁(kR)/(kR) H(k)` behind blur, pixel and slice `H`. "
        "Noise has the power `N(k)`: that of the voxel's standard deviation, shaped "
        "like the kernel (`|H|²` in the plane; for filtered back projection times `|k|`), and 1/12 HU² a voxel of "
        "rounding. Fisher information is `F_ij = (2π)⁻³ ∫ ∂S/∂i ∂S/∂j / N d³k` over the frequencies that the "
        "voxels resolve; `SD(V)/V = 3 √(F⁻¹)_RR / R`. A method that must find out the shape, the blur and the "
        "background too can't come near it.\n"
    )


def axes_section(rows_by_class: dict[SizeClass, list[Row]]) -> Section:
    """Long and short axis against the continuous objects."""
    page = Section("Axes")
    rows = [row for some in rows_by_class.values() for row in some]
    lines = []
    for name in ("long_axis_mm", "short_axis_mm"):
        for label, some in (("all", rows), *((NAMES[c], r) for c, r in rows_by_class.items())):
            lines.append((f"{name.removesuffix('_mm').replace('_', ' ')}, {label}", *_axis_cells(some, name)))
    for name in ("long_axis_mm", "short_axis_mm"):
        errors = _axis_errors(rows, name)
        within = int((np.abs(errors) <= 1).sum())
        page.judge(
            f"{name.removesuffix('_mm').replace('_', ' ')} within one in-plane voxel (in 95 % of the objects)",
            f"{share(within, len(errors))}; median {np.median(errors):+.2f} voxel" if len(errors) else "none",
            holds=len(errors) > 0 and within >= 0.95 * len(errors),
        )
    page.notes.append(
        table(("", "n", "mean error, voxels", "P95 of error, voxels", "within one voxel", "covered"), lines)
    )
    page.notes.append(
        "The truth is of the continuous object: the longest distance within any one plane across the body, and the "
        "width perpendicular to it in that plane. An image has planes only where slices are, each as thick as it is."
    )
    return page


def _axis_errors(rows: list[Row], name: str) -> np.ndarray:
    """In in-plane voxels."""
    pairs = [(row.measured(name).value, row.more[name], row.pixel_mm) for row in rows]
    return np.array([(value - truth) / pixel for value, truth, pixel in pairs if value is not None])


def _axis_cells(rows: list[Row], name: str) -> tuple[str, ...]:
    errors = _axis_errors(rows, name)
    hits, n = covered(rows, lambda row: row.more[name], name)
    if not len(errors):
        return ("0", "–", "–", "–", "–")
    return (
        str(len(errors)),
        f"{errors.mean():+.2f}",
        f"{np.quantile(np.abs(errors), 0.95):.2f}",
        f"{100 * (np.abs(errors) <= 1).mean():.1f} %",
        f"{100 * hits / n:.1f} %" if n else "no intervals",
    )


def _gallery() -> str:
    """One scan of each new kind as the simulator makes it."""
    from validation.simulator import simulated

    slices = []
    for k, shaped in enumerate(judging_objects("medium", len(NOVEL), novel=True)):
        plan = next(plans([shaped], "medium", SEED + 50 + k))
        volume = simulated(plan, k % 4).volume
        index = volume.grid.to_index(np.array(plan.objects[0][1]))
        slices.append((shaped.kind, volume.values[round(float(index[0]))]))
    return plots.gallery(slices)


def all_rows(n: int) -> dict[SizeClass, list[Row]]:
    """The judging set."""
    return {size_class: judged_rows(size_class, n) for size_class in SIZES_MM3}
