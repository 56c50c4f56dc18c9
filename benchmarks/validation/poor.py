"""Input that can't be measured well: too small, cut by the border, under streaks. Never a confident wrong number."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from shown import Section, share, table
from validation.lobes import Chain
from validation.objects import judging_objects
from validation.run import Row, in_parallel, rows_of
from validation.scenes import Plan, plans, plans_of, scanned
from validation.seeds import judging

SEED = judging(24_601)
OF_ITSELF = frozenset({"PLACE_INCOMPLETE", "AGATSTON_NOT_COMPUTED", "SIDE_UNKNOWN", "LESION_TOUCHES_BONE"})
"""Caveats that say nothing of the volume."""
FAR = 2.0
"""An error over so many half-widths without a caveat is a confident wrong number."""


def section(n: int) -> Section:
    """N objects of each sort."""
    page = Section("Bad input")
    groups = {
        "balls of 2 to 3 mm (a few voxels)": in_parallel(_one, [(plan, False) for plan in _tiny(n)]),
        "cut by the border of the scan": in_parallel(_one, [(plan, False) for plan in _cut(n)]),
        "beside a metal nail": in_parallel(_one, [(plan, True) for plan in _beside_a_nail(n)]),
    }
    lines = []
    for name, done in groups.items():
        rows = [row for some in done for row in some]
        found = [row for row in rows if row.lesion is not None]
        wrong = sum(_is_confident_and_wrong(row) for row in found)
        page.judge(f"{name}: no confident wrong volume", f"{share(wrong, len(found))} wrong", holds=wrong == 0)
        lines.append((name, *_cells(rows, found), str(wrong)))
    names = ("", "n", "not found", "volume null", "no interval", "with a caveat", "interval holds truth", "wrong")
    page.notes.append(table(names, lines))
    page.notes.append(
        f"Wrong: no caveat about the volume, and over {FAR:g} half-widths off the truth (of the whole object, also "
        "where the border cuts it). Contrast medium and scans without voltage are in the package's own tests."
    )
    return page


def _tiny(n: int) -> list[Plan]:
    random = np.random.default_rng(SEED)
    balls = [
        Chain(((0.0, 0.0, 0.0),), (float(random.uniform(1.0, 1.5)),), 2.0, float(random.uniform(500, 1000)), "tiny")
        for _ in range(n)
    ]
    return [plan for k in range(0, n, 6) for plan in plans_of(balls[k : k + 6], 6, (0.8, 2.0), SEED + k)]


def _cut(n: int) -> list[Plan]:
    """The last slice passes through the object."""
    cut = []
    for k, shaped in enumerate(judging_objects("medium", n, novel=False)):
        plan = next(plans_of([shaped], 1, (0.6, 4.0), SEED + 500 + k))
        a, height = plan.acquisition, plan.objects[0][1][2]
        index = int(a.grid.to_index(np.array([0.0, 0.0, height]))[0])
        slices = max(index + 1, 4)
        low = a.grid.to_patient((0, 0, 0))[2]
        middle = (*a.center_mm[:2], float(low + (slices - 1) / 2 * a.spacing_mm[0]))
        cut.append(replace(plan, acquisition=replace(a, shape=(slices, *a.shape[1:]), center_mm=middle)))
    return cut


def _beside_a_nail(n: int) -> list[Plan]:
    return list(plans(judging_objects("medium", n, novel=False), "medium", SEED + 900))


def _one(task: tuple[Plan, bool]) -> list[Row]:
    plan, nail = task
    if not nail:
        return rows_of(plan, scanned(plan))
    from validation.simulator import simulated

    scan = simulated(plan, 0, nail=True)
    return rows_of(plan, scan.volume, scan.masses_mg)


def _is_confident_and_wrong(row: Row) -> bool:
    assert row.lesion is not None
    volume = row.measured("volume_mm3")
    if volume.value is None or volume.half_width is None or set(row.lesion["caveats"]) - OF_ITSELF:
        return False
    return abs(volume.value - row.volume_mm3) > FAR * volume.half_width


def _cells(rows: list[Row], found: list[Row]) -> tuple[str, ...]:
    volumes = [row.measured("volume_mm3") for row in found]
    held = [h for row, v in zip(found, volumes, strict=True) if (h := v.holds(row.volume_mm3)) is not None]
    with_caveat = sum(bool(set(row.lesion["caveats"]) - OF_ITSELF) for row in found if row.lesion is not None)
    return (
        str(len(rows)),
        str(len(rows) - len(found)),
        str(sum(v.value is None for v in volumes)),
        str(sum(v.half_width is None for v in volumes)),
        str(with_caveat),
        share(sum(held), len(held)),
    )
