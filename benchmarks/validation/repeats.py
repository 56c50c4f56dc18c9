"""The same objects scanned again: moved by part of a voxel, and in slices of 1 and of 3 mm."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from math import erf, hypot, sqrt

import numpy as np

from calcimeter.phantom.acquire import Acquisition
from shown import Section, share, table
from validation.bound import relative_bound
from validation.objects import SIZES_MM3, SizeClass, judging_objects
from validation.run import Row, in_parallel, rows_of
from validation.scenes import Plan, plans, scanned
from validation.seeds import judging
from validation.volumes import NAMES

SEED = judging(31_337)
SHIFTED_LIMIT, THICKNESS_LIMIT = 0.03, 0.05
MOST_NOISE_HU = 30.0
Pair = tuple[Row, Row]


def section(n: int) -> Section:
    """Both comparisons for every class, half by each scanner."""
    page = Section("Repeat scans and slice thickness")
    lines = []
    for asked, limit, work in (
        ("repeat scan shifted by part of a voxel: within 3 %", SHIFTED_LIMIT, shifted),
        ("slices of 1 and 3 mm: within 5 %", THICKNESS_LIMIT, thick_and_thin),
    ):
        for size_class in SIZES_MM3:
            pairs = _pairs(size_class, n, work)
            changes, plain = _changes(pairs, "volume_mm3"), _changes(pairs, "volume_threshold_mm3")
            if not len(changes):
                page.skip(f"{NAMES[size_class]}: {asked}", "nothing measured")
                continue
            within = int((np.abs(changes) <= limit).sum())
            page.judge(
                f"{NAMES[size_class]}: {asked} (95 % of the pairs)",
                f"{share(within, len(changes))}; median {100 * np.median(np.abs(changes)):.1f} %, "
                f"P95 {100 * np.quantile(np.abs(changes), 0.95):.1f} % "
                f"(130 HU: {100 * np.quantile(np.abs(plain), 0.95):.1f} %; balls of known shape at the bound: "
                f"{100 * _within_at_bound(pairs, limit):.0f} % of the pairs)",
                holds=within >= 0.95 * len(changes),
            )
            for simulated, scanner in ((False, "own scanner"), (True, "simulator")):
                some = [pair for pair in pairs if pair[0].simulated is simulated]
                lines.append((f"{asked.split(':')[0]}, {NAMES[size_class]}, {scanner}", *_cells(some)))
    page.notes.append(table(("", "pairs", "median change", "P95 of change", "130 HU: median", "P95"), lines))
    page.notes.append(
        "Shifted: the grid of voxels by up to half a voxel in each direction, and new noise. Thickness: 1 mm slices "
        "have √3 of the noise of 3 mm slices, at most 30 HU. In patients plain scores differ by 30 to 47 % between "
        "1 and 3 mm slices. A change is the difference over the mean. At the bound: what noise alone would let pass of "
        "balls as large and as dense, measured by who knows that they are balls, the blur and the background "
        "(Cramér-Rao, of each pair). No estimator that does not know the shape can do as well."
    )
    return page


def _pairs(size_class: SizeClass, n: int, work: Callable[[tuple[Plan, bool, int]], list[Pair]]) -> list[Pair]:
    tasks = []
    for novel in (False, True):
        objects = judging_objects(size_class, n // 2, novel=novel)
        tasks += [(plan, novel, k) for k, plan in enumerate(plans(objects, size_class, SEED + novel))]
    return [pair for pairs in in_parallel(work, tasks) for pair in pairs]


def shifted(task: tuple[Plan, bool, int]) -> list[Pair]:
    """Twice, the second time from another place by up to half a voxel."""
    plan, _, number = task
    a = plan.acquisition
    by = np.random.default_rng((SEED, number)).uniform(-0.5, 0.5, 3) * np.array(a.spacing_mm)[::-1]
    x, y, z = (float(c + b) for c, b in zip(a.center_mm, by, strict=True))
    return _both(task, (a, replace(a, center_mm=(x, y, z), seed=a.seed ^ 0x5A5A)))


def thick_and_thin(task: tuple[Plan, bool, int]) -> list[Pair]:
    """In slices of 1 and of 3 mm."""
    a = task[0].acquisition
    thin = _of_thickness(a, 1.0, min(a.noise_hu * 3**0.5, MOST_NOISE_HU))
    return _both(task, (thin, _of_thickness(a, 3.0, a.noise_hu)))


def _of_thickness(a: Acquisition, thickness_mm: float, noise_hu: float) -> Acquisition:
    """The same stretch of the body in other slices that touch one another."""
    slices = int(np.ceil(a.shape[0] * a.spacing_mm[0] / thickness_mm)) + 1
    return replace(
        a,
        shape=(slices, *a.shape[1:]),
        spacing_mm=(thickness_mm, *a.spacing_mm[1:]),
        thickness_mm=thickness_mm,
        noise_hu=noise_hu,
    )


def _both(task: tuple[Plan, bool, int], acquisitions: tuple[Acquisition, Acquisition]) -> list[Pair]:
    """Rows of both scans, object by object."""
    plan, simulate, number = task
    rows = []
    for acquisition in acquisitions:
        again = replace(plan, acquisition=acquisition)
        if simulate:
            from validation.simulator import simulated

            scan = simulated(again, number % 4)
            rows.append(rows_of(again, scan.volume, scan.masses_mg))
        else:
            rows.append(rows_of(again, scanned(again)))
    return list(zip(*rows, strict=True))


def _changes(pairs: list[Pair], name: str) -> np.ndarray:
    values = [(first.measured(name).value, second.measured(name).value) for first, second in pairs]
    return np.array([2 * (b - a) / (a + b) for a, b in values if a is not None and b is not None])


def _within_at_bound(pairs: list[Pair], limit: float) -> float:
    """Share of the pairs that would agree if each were a ball measured at the Cramer-Rao bound."""
    spreads = [hypot(*(relative_bound(row) for row in pair)) for pair in pairs]
    return float(np.mean([erf(limit / (sqrt(2) * spread)) for spread in spreads]))


def _cells(pairs: list[Pair]) -> tuple[str, ...]:
    cells = [str(len(pairs))]
    for name in ("volume_mm3", "volume_threshold_mm3"):
        changes = np.abs(_changes(pairs, name))
        cells += (
            [f"{100 * np.median(changes):.1f} %", f"{100 * np.quantile(changes, 0.95):.1f} %"]
            if len(changes)
            else ["–", "–"]
        )
    return tuple(cells)
