"""Fluid-calcium levels: masses with them, and masses that only look as if they had."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import pi

import numpy as np

from calcimeter.phantom.parts import Chamber, Cyst, Layered, Part, filled
from calcimeter.phantom.solids import Ellipsoid, Point
from shown import Section, share_with_interval, table
from validation.measure import Record, analyzed, lesion_at
from validation.run import in_parallel
from validation.scenes import Plan, plans_of, scanned
from validation.seeds import judging
from validation.shapes import Cloud

SEED = judging(5_150)
LEAST_STEP_HU, LEAST_HEIGHT_MM = 100.0, 3.0
TURNED_DEGREES = (20.0, 180.0)
SENSITIVITY, SPECIFICITY = 0.95, 0.99
LOOK_ALIKES = ("turned", "turned", "rim", "homogeneous", "cloud", "noisy", "streaks")
THICKNESS_MM = (0.6, 5.0)


@dataclass(frozen=True, slots=True)
class Mass:
    """A mass with chambers.

    Parameters
    ----------
    kind : str
        "level", "turned", "rim", "homogeneous", "cloud", "noisy" or "streaks".
    chambers : tuple of (center, radii, height of sediment in mm, fluid HU, sediment HU)
    wall_mm, wall_hu : float
    turn : (axis, degrees)
        How the layers are turned out of the level, from gravity.
    step_hu, height_mm : float
        Smallest step, and least height of sediment or fluid, of the largest chamber.
    """

    kind: str
    chambers: tuple[tuple[Point, Point, float, float, float], ...]
    wall_mm: float
    wall_hu: float
    turn: tuple[Point, float]
    step_hu: float
    height_mm: float

    @property
    def reach_mm(self) -> float:
        """Radius of a ball around the center that holds it."""
        return max(float(np.linalg.norm(c)) + max(r) for c, r, *_ in self.chambers)

    def build(self, center: Point, background_hu: float, gravity: Point) -> Part:
        """The mass at a place, its layers level under gravity unless it is turned."""
        down = _turned(gravity, *self.turn)
        solids = [
            Ellipsoid(tuple(float(a + b) for a, b in zip(center, c, strict=True)), r)  # type: ignore[arg-type]
            for c, r, *_ in self.chambers
        ]
        if self.kind in ("homogeneous", "noisy", "streaks"):
            return filled(solids[0], self.wall_hu, 6)
        if self.kind == "rim":
            inner = tuple(float(r - 2 * self.wall_mm) for r in self.chambers[0][1])
            core = Ellipsoid(solids[0].center_mm, inner)  # type: ignore[arg-type]
            return Layered(((solids[0], self.wall_hu), (core, self.chambers[0][3])), 6)
        if self.kind == "cloud":
            return _cloud(solids[0], background_hu, self.wall_hu)
        parts = []
        for solid, (_, radii, sediment_mm, fluid, sediment) in zip(solids, self.chambers, strict=True):
            # The lumen's lowest point along "down", less the sediment's height, is where its surface lies.
            reach = float(np.linalg.norm((np.array(radii) - self.wall_mm) * np.array(down)))
            level = float(np.dot(down, solid.center_mm)) + reach - sediment_mm
            parts.append(Chamber(solid, level, fluid, sediment))
        return Cyst(tuple(parts), down, self.wall_mm, 0.8 * self.wall_mm, self.wall_hu, samples=6)


def mass(random: np.random.Generator, kind: str) -> Mass:
    """A random mass: one to three chambers of 14 to 50 mm; only the first is used where the kind has one material."""
    size, chambers = float(np.exp(random.uniform(np.log(8), np.log(22)))), []
    wall = float(random.uniform(1.5, 2.5))
    count = int(random.integers(1, 4)) if kind in ("level", "turned") else 1
    turn = random.uniform(0, 2 * pi)
    for k in range(count):
        a, b, c = (float(r) for r in size * random.uniform(0.85, 1.2, 3))
        off = 0.0 if count == 1 else 1.05 * size
        center = (
            off * np.cos(turn + 2 * pi * k / count),
            0.3 * size * random.uniform(-1, 1),
            off * np.sin(turn + 2 * pi * k / count),
        )
        height = 2 * (min(a, b, c) - wall)
        sediment = float(random.uniform(LEAST_HEIGHT_MM, max(height - LEAST_HEIGHT_MM, LEAST_HEIGHT_MM + 0.1)))
        fluid = float(random.uniform(0, 60))
        step = float(np.exp(random.uniform(np.log(LEAST_STEP_HU), np.log(800))))
        chambers.append(
            ((float(center[0]), float(center[1]), float(center[2])), (a, b, c), sediment, fluid, fluid + step)
        )
    axis = random.standard_normal(3)
    degrees = float(random.uniform(*TURNED_DEGREES)) if kind == "turned" else 0.0
    return Mass(
        kind,
        tuple(chambers),
        wall,
        float(random.uniform(250, 900)),
        ((float(axis[0]), float(axis[1]), float(axis[2])), degrees),
        max(c[4] - c[3] for c in chambers),
        max(min(c[2], 2 * (min(c[1]) - wall) - c[2]) for c in chambers),
    )


def section(n: int) -> Section:
    """Sensitivity over n masses, specificity over 1.5 n."""
    page = Section("Fluid-calcium levels")
    random = np.random.default_rng(SEED)
    masses = [mass(random, "level") for _ in range(n)]
    masses += [mass(random, LOOK_ALIKES[k % len(LOOK_ALIKES)]) for k in range(n + n // 2)]
    states = in_parallel(_state, [(one, k) for k, one in enumerate(masses)])
    told = list(zip(masses, states, strict=True))
    _judge(page, told)
    kinds = list(dict.fromkeys(one.kind for one in masses))
    names = ("", "n", "present", "absent", "indeterminate", "not found")
    lines = [(kind, *_counts([s for one, s in told if one.kind == kind])) for kind in kinds]
    page.notes.append(table(names, lines))
    page.notes.append("Masses with levels, by what makes them hard:\n\n" + table(names, _hardest(told)))
    page.notes.append(
        "Masses of one to three chambers of 14 to 50 mm, fluid of 0 to 60 HU over sediment of at least 100 HU more, "
        "both at least 3 mm high; slices of 0.6 to 5 mm, every patient position; every second one by the simulator. "
        "Turned: the same masses with layers 20 to 180 degrees out of the level. Noisy: 30 HU. Streaks: a metal nail "
        "in the bone nearby, simulator only."
    )
    return page


def _judge(page: Section, told: list[tuple[Mass, str]]) -> None:
    levels = [state for one, state in told if one.kind == "level"]
    others = [state for one, state in told if one.kind != "level"]
    if set(levels) | set(others) <= {"indeterminate", "not found"}:
        page.skip("fluid levels: sensitivity 95 %, specificity 99 %", "not yet")
        return
    hits = levels.count("present")
    page.judge(
        "sensitivity 95 % for steps of 100 HU and 3 mm height and up, `indeterminate` counted as a miss",
        share_with_interval(hits, len(levels)),
        holds=hits >= SENSITIVITY * len(levels),
    )
    quiet = len(others) - others.count("present")
    page.judge(
        "specificity 99 % on masses turned, rims, homogeneous masses, clouds, noise and streaks",
        share_with_interval(quiet, len(others)),
        holds=quiet >= SPECIFICITY * len(others),
    )


def _state(task: tuple[Mass, int]) -> str:
    """What is said of one mass."""
    one, number = task
    plan = next(plans_of([one], 1, THICKNESS_MM, SEED + 10 + number))
    if one.kind == "noisy":
        plan = replace(plan, acquisition=replace(plan.acquisition, noise_hu=30.0))
    record = _record(plan, one, number)
    lesion = lesion_at(record, plan.objects[0][1], one.reach_mm)
    return "not found" if lesion is None else str(lesion["fluid_level"]["state"])


def _record(plan: Plan, one: Mass, number: int) -> Record:
    if number % 2 == 0 and one.kind != "streaks":
        return analyzed(scanned(plan), plan.acquisition)
    from validation.simulator import simulated

    return analyzed(simulated(plan, number % 4, nail=one.kind == "streaks").volume, plan.acquisition)


def _counts(states: list[str]) -> tuple[str, ...]:
    return (str(len(states)), *(str(states.count(s)) for s in ("present", "absent", "indeterminate", "not found")))


def _hardest(told: list[tuple[Mass, str]]) -> list[tuple[str, ...]]:
    levels = [(one, state) for one, state in told if one.kind == "level"]
    groups = (
        ("largest step 100 to 200 HU", lambda m: m.step_hu < 200),
        ("largest step 200 to 400 HU", lambda m: 200 <= m.step_hu < 400),
        ("largest step over 400 HU", lambda m: m.step_hu >= 400),
        ("height 3 to 5 mm", lambda m: m.height_mm < 5),
        ("height over 5 mm", lambda m: m.height_mm >= 5),
        ("one chamber", lambda m: len(m.chambers) == 1),
        ("two or three chambers", lambda m: len(m.chambers) > 1),
    )
    return [(name, *_counts([s for one, s in levels if holds(one)])) for name, holds in groups]


def _turned(gravity: Point, axis: Point, degrees: float) -> Point:
    """Gravity turned away by an angle, towards a random direction."""
    g = np.array(gravity)
    side = np.array(axis) - np.dot(axis, g) * g
    side /= np.linalg.norm(side)
    x, y, z = np.cos(np.radians(degrees)) * g + np.sin(np.radians(degrees)) * side
    return (float(x), float(y), float(z))


def _cloud(solid: Ellipsoid, background_hu: float, hu: float) -> Cloud:
    """Waves across the middle of an ellipsoid, from its place alone."""
    size = max(solid.radii_mm)
    random = np.random.default_rng(int(abs(solid.center_mm[0]) * 1e6) % 2**31)
    waves = []
    for _ in range(6):
        way = random.standard_normal(3)
        way /= np.linalg.norm(way) * size * random.uniform(0.6, 1.5)
        waves.append(((float(way[0]), float(way[1]), float(way[2])), float(random.uniform(0, 2 * pi))))
    return Cloud(solid, tuple(waves), hu, background_hu + 0.35 * (hu - background_hu))
