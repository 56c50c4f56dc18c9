"""Balls joined by necks of a known width, and single balls in thick slices."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from calcimeter.phantom.compounds import Union
from calcimeter.phantom.parts import Part, filled
from calcimeter.phantom.solids import Point, sphere
from shown import Section, share, table
from validation.measure import Record, analyzed, lesion_at
from validation.run import in_parallel
from validation.scenes import Plan, plans_of, scanned
from validation.seeds import judging

SEED = judging(60_606)
NECK = (0.30, 0.68)
"""Diameter of a neck over that of the smaller ball: the demand is up to 0.7."""
VOXELS = 3.1
"""Least diameter of a neck in voxels, along slices too: the demand is over 3."""
GAP_MM = 6.0
"""Balls that are not joined are so far apart."""
SIMULATED_EVERY = 4


@dataclass(frozen=True, slots=True)
class Chain:
    """Balls, each joined to one before it.

    Parameters
    ----------
    centers, radii : tuple
        Around the origin.
    neck_mm : float
        Diameter of the narrowest neck; of a single ball its own.
    contrast_hu : float
    """

    centers: tuple[Point, ...]
    radii: tuple[float, ...]
    neck_mm: float
    contrast_hu: float
    kind: str = "chain"

    @property
    def reach_mm(self) -> float:
        """Radius of a ball around the origin that holds all."""
        return max(float(np.linalg.norm(c)) + r for c, r in zip(self.centers, self.radii, strict=True))

    @property
    def volume_mm3(self) -> float:
        """Of a single ball in closed form; chains are only counted."""
        return float(4 / 3 * np.pi * self.radii[0] ** 3) if len(self.radii) == 1 else float("nan")

    def build(self, center: Point, background_hu: float, gravity: Point) -> Part:  # noqa: ARG002
        """All balls as one solid."""
        moved = [tuple(float(a + b) for a, b in zip(center, c, strict=True)) for c in self.centers]
        solids = tuple(sphere(c, r) for c, r in zip(moved, self.radii, strict=True))  # type: ignore[arg-type]
        return filled(Union(solids), background_hu + self.contrast_hu, 6)


def chain(random: np.random.Generator, balls: int) -> Chain:
    """A random chain."""
    while True:
        size = random.uniform(8, 14)
        radii = [size * random.uniform(0.75, 1.25) for _ in range(balls)]
        centers, necks = [np.zeros(3)], []
        for k in range(1, balls):
            origin = int(random.integers(k))
            half_neck = random.uniform(*NECK) * min(radii[origin], radii[k])
            gap = np.sqrt(radii[origin] ** 2 - half_neck**2) + np.sqrt(radii[k] ** 2 - half_neck**2)
            way = random.standard_normal(3)
            centers.append(centers[origin] + gap * way / np.linalg.norm(way))
            necks.append((origin, k, 2 * half_neck))
        joined = {(a, b) for a, b, _ in necks}
        free = all(
            np.linalg.norm(centers[a] - centers[b]) >= radii[a] + radii[b] + GAP_MM
            for b in range(balls)
            for a in range(b)
            if (a, b) not in joined
        )
        if free:
            break
    middle = np.mean(centers, axis=0)
    places = tuple((float(c[0]), float(c[1]), float(c[2])) for c in (c - middle for c in centers))
    neck = min((width for _, _, width in necks), default=2 * radii[0])
    return Chain(places, tuple(float(r) for r in radii), float(neck), float(random.uniform(200, 1000)))


def section(n: int) -> Section:
    """The part of the page."""
    page = Section("Lobes and solidity")
    random = np.random.default_rng(SEED)
    chains = [chain(random, 1 + k % 4) for k in range(n)]
    tasks = [(_plan(one, k), k % SIMULATED_EVERY == 0, k) for k, one in enumerate(chains)]
    found = in_parallel(_measured, tasks)
    told = [
        (len(one.radii), None if lesion is None else lesion["lobes"]) for one, lesion in zip(chains, found, strict=True)
    ]
    right = sum(truth == said for truth, said in told)
    asked = "lobes counted exactly (necks of 0.3 to 0.68 of the smaller diameter, over 3 voxels)"
    if all(said is None for _, said in told):
        page.skip(asked, "not yet")
    else:
        page.judge(asked, share(right, n), holds=right == n)
        names = ("lobes", "n", "none", "1", "2", "3", "4", "more")
        page.notes.append(
            "Counted (columns) against true (lines):\n\n" + table(names, [_line(k, told) for k in range(1, 5)])
        )
        wrong = [_told(task, lesion) for task, lesion in zip(tasks, found, strict=True) if _is_wrong(task, lesion)]
        page.notes.append(f"Counted wrong: {'; '.join(wrong) or 'none'}.")
    _judge_balls(page, max(n // 3, 20))
    return page


def _plan(one: Chain, k: int) -> Plan:
    """A scan whose voxels are small against the neck."""
    thickest = min(5.0, one.neck_mm / VOXELS)
    plan = next(plans_of([one], 1, (0.6, thickest), SEED + 1 + k))
    a = plan.acquisition
    pixel = min(a.spacing_mm[1], one.neck_mm / VOXELS)
    across = tuple(int(np.ceil(count * a.spacing_mm[1] / pixel)) for count in a.shape[1:])
    return replace(
        plan, acquisition=replace(a, shape=(a.shape[0], *across), spacing_mm=(a.spacing_mm[0], pixel, pixel))
    )


def _measured(task: tuple[Plan, bool, int]) -> Record | None:
    plan, simulate, number = task
    if simulate:
        from validation.simulator import simulated

        volume = simulated(plan, number % 4).volume
    else:
        volume = scanned(plan)
    one, center = plan.objects[0]
    return lesion_at(analyzed(volume, plan.acquisition), center, one.reach_mm)


def _is_wrong(task: tuple[Plan, bool, int], lesion: Record | None) -> bool:
    return lesion is None or lesion["lobes"] != len(task[0].objects[0][0].radii)


def _told(task: tuple[Plan, bool, int], lesion: Record | None) -> str:
    """What was counted wrong, in words."""
    plan, simulate, _ = task
    one, a = plan.objects[0][0], plan.acquisition
    radii = ", ".join(f"{r:.1f}" for r in one.radii)
    said = "not found" if lesion is None else lesion["lobes"]
    return (
        f"{said} for radii {radii} mm, narrowest neck {one.neck_mm:.1f} mm, {one.contrast_hu:.0f} HU, slices "
        f"{a.slice_thickness_mm:.1f} mm, pixel {a.spacing_mm[1]:.2f} mm, noise {a.noise_hu:.0f} HU, "
        f"{'simulator' if simulate else 'own scanner'}"
    )


def _line(truth: int, told: list[tuple[int, int | None]]) -> tuple[str, ...]:
    said = [s for t, s in told if t == truth]
    counts = [said.count(None), *(said.count(k) for k in range(1, 5)), sum(s is not None and s > 4 for s in said)]
    return (str(truth), str(len(said)), *(str(c) for c in counts))


def _judge_balls(page: Section, n: int) -> None:
    """Balls of 25 mm and more in slices of 5 mm."""
    random = np.random.default_rng(SEED + 2)
    balls = [
        Chain(((0.0, 0.0, 0.0),), (float(random.uniform(12.5, 25)),), 25.0, float(random.uniform(200, 1000)), "ball")
        for _ in range(n)
    ]
    plans = [next(plans_of([one], 1, (5.0, 5.0), SEED + 9000 + k)) for k, one in enumerate(balls)]
    plans = [replace(p, acquisition=_touching(p)) for p in plans]
    found = in_parallel(_measured, [(plan, k % SIMULATED_EVERY == 0, k) for k, plan in enumerate(plans)])
    held = [lesion for lesion in found if lesion is not None]
    asked = "balls of 25 to 50 mm in 5 mm slices: one lobe"
    if all(lesion["lobes"] is None for lesion in held):
        page.skip(asked, "not yet")
    else:
        single = sum(lesion["lobes"] == 1 for lesion in held)
        page.judge(asked, share(single, n), holds=single == n)
    solid = [lesion["solidity"] for lesion in held if lesion["solidity"] is not None]
    page.judge(
        "the same balls: solidity over 0.97",
        f"{share(sum(s > 0.97 for s in solid), n)}; least {min(solid, default=float('nan')):.3f}",
        holds=len(solid) == n and min(solid) > 0.97,
    )


def _touching(plan: Plan) -> object:
    """Slices of 5 mm at steps of 5 mm."""
    a = plan.acquisition
    slices = int(np.ceil(a.shape[0] * a.spacing_mm[0] / 5.0)) + 2
    return replace(a, shape=(slices, *a.shape[1:]), spacing_mm=(5.0, *a.spacing_mm[1:]))
