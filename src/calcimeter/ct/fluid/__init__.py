"""Fluid-calcium levels in each deposit: deposits and gravity -> levels."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from calcimeter.ct.fluid.batch import Scale
from calcimeter.ct.fluid.fit import Interface, fit_interfaces
from calcimeter.ct.fluid.judge import Verdict, is_hopeless, judge
from calcimeter.ct.fluid.lattice import Lattice, Values, stand_upright
from calcimeter.ct.fluid.layers import Layers, describe_layers
from calcimeter.ct.fluid.shelves import find_shelves, is_half_way
from calcimeter.ct.fluid.steps import Steps, calmed, find_steps, flat_patches
from calcimeter.ct.settings import FluidSettings
from calcimeter.geometry.hull import longest
from calcimeter.geometry.window import SIGMA_OF_FWHM
from calcimeter.model.lesion import LISTED_ONLY_WITH_ALL, Deposit
from calcimeter.model.measures import FluidLevel, Gravity, Level, Point, Resolution
from calcimeter.model.volume import Volume

SAME_MM, SAME_SHARE = 1.0, 0.1
PROFILE_MM = 12.0
"""How far the profile for the report reaches above and below a level."""


def find_fluid_levels(
    volume: Volume,
    deposits: tuple[Deposit, ...],
    gravity: Gravity,
    resolution: Resolution,
    noise_hu: float,
    settings: FluidSettings,
) -> tuple[FluidLevel, ...]:
    """Levels in the order of the deposits.

    Calcium settles: what is denser lies below, and the surface between is flat and level. In every column along
    gravity the steps up to the deposit are found; those that lie side by side in a plane, with even layers above and
    below, are a patch; a blurred step with a curved surface is fitted to each, and a patch is a level if its surface
    neither leans nor bows, the step is high enough and the deposit's own. The fluid need not lie in the envelope:
    water beside muscle is seen by the flatness of what it covers. Fails for a flat-topped mass that happens to lie
    level, for layers whose step is under ``min_step_hu``, and where the patient has just been turned.

    Returns
    -------
    tuple of FluidLevel
        ``indeterminate`` where gravity is not known, the deposit is too small or the slices are too thick to show a
        level; of deposits that are listed only on demand nothing is looked for.
    """
    if gravity.direction_lps is None:
        return (FluidLevel("indeterminate", because=gravity.because),) * len(deposits)
    scene = _Scene(volume, gravity.direction_lps, resolution.in_plane_fwhm_mm * SIGMA_OF_FWHM, noise_hu, settings)
    return tuple(
        FluidLevel("indeterminate", gravity_lps=gravity.direction_lps, because="not looked for in what is set aside")
        if deposit.category in LISTED_ONLY_WITH_ALL
        else scene.look(deposit)
        for deposit in deposits
    )


class Found(NamedTuple):
    """A patch with all that is known of it."""

    verdict: Verdict
    patch: Steps
    interface: Interface
    layers: Layers
    flatness: float


class Obstacle(NamedTuple):
    """Why a level might not be seen, and whether a look may find one all the same."""

    because: str
    worth_a_look: bool


class _Scene:
    """What all deposits of a scan share."""

    def __init__(self, volume: Volume, down: Point, sigma_mm: float, noise_hu: float, settings: FluidSettings) -> None:
        self._volume, self._down, self._sigma_mm = volume, down, sigma_mm
        self._noise_hu, self._settings = noise_hu, settings

    def look(self, deposit: Deposit) -> FluidLevel:
        """One deposit."""
        lattice = stand_upright(self._volume, deposit, self._down, self._settings.margin_mm)
        obstacle = _obstacle(lattice, self._settings)
        found = [] if obstacle and not obstacle.worth_a_look else self._patches(lattice)
        kept = _together(_apart(found), self._settings)
        levels = tuple(_level(lattice, one) for one in kept if one.verdict is Verdict.LEVEL)
        if levels:
            return FluidLevel("present", levels, self._down, _told(levels))
        if obstacle:
            return FluidLevel("indeterminate", (), self._down, obstacle.because)
        if found:
            because = "a denser layer is seen, but it is too small to tell whether it lies level"
            return FluidLevel("indeterminate", (), self._down, because)
        return FluidLevel("absent", (), self._down, "no flat and level step along gravity")

    def _patches(self, lattice: Lattice) -> list[Found]:
        """Levels and what may be one, first with much averaging against noise, then with less for small locules.

        Where these show no level, shelves are looked for: thin sediment on a floor that is denser.
        """
        s, found = self._settings, []
        for width_mm, reach_mm in (s.wide_look_mm, s.close_look_mm):
            calm = calmed(lattice, width_mm)
            found += self._fitted(lattice, calm, find_steps(lattice, calm, reach_mm, s), s.fit_reach_mm)
        return found if any(one.verdict is Verdict.LEVEL for one in found) else found + self._shelves(lattice)

    def _shelves(self, lattice: Lattice) -> list[Found]:
        """The same by where columns pass one HU after another."""
        s = self._settings
        width_mm, _, below_mm = s.shelf_look_mm
        calm, found = calmed(lattice, width_mm), []
        for level_hu in s.shelf_hu:
            shelves = self._fitted(lattice, calm, find_shelves(lattice, calm, level_hu, s), below_mm)
            found += [one for one in shelves if is_half_way(one.interface, level_hu, s)]
        return found

    def _fitted(self, lattice: Lattice, calm: Values, steps: Steps, below_mm: float) -> list[Found]:
        """Patches of steps, fitted to voxels so far below them, and judged."""
        s = self._settings
        patches = list(flat_patches(steps, lattice, s))
        fitted = fit_interfaces(lattice, patches, Scale(self._sigma_mm, s.fit_reach_mm, below_mm), s)
        judged = (self._judged(lattice, calm, patch, interface) for patch, interface in fitted)
        return [one for one in judged if one is not None]

    def _judged(self, lattice: Lattice, calm: Values, patch: Steps, interface: Interface) -> Found | None:
        """A fitted patch judged; None where it is nothing."""
        s = self._settings
        if is_hopeless(interface, s):
            return None
        layers = describe_layers(lattice, calm, patch, interface)
        verdict, flatness = judge(interface, layers, self._noise_hu, s)
        return None if verdict is Verdict.NOTHING else Found(verdict, patch, interface, layers, flatness)


def _obstacle(lattice: Lattice, s: FluidSettings) -> Obstacle | None:
    """What would hide a level here; None where one would be seen."""
    step_mm = lattice.steps_mm[0]
    if step_mm > s.min_height_mm / 2:
        words = f"{step_mm:.1f} mm from voxel to voxel along gravity are too much to see a layer of 3 mm"
        return Obstacle(words, worth_a_look=False)
    tall = np.flatnonzero(lattice.envelope.any(axis=(1, 2)))
    height_mm = (tall[-1] - tall[0] + 1) * step_mm
    if height_mm < 2 * s.min_height_mm:
        enough = bool(height_mm > s.min_height_mm - step_mm)
        return Obstacle(f"{height_mm:.1f} mm high: too small for two layers of 3 mm", worth_a_look=enough)
    columns = int(lattice.envelope.sum(axis=(1, 2)).max())
    section_mm2 = columns * lattice.steps_mm[1] * lattice.steps_mm[2]
    if section_mm2 < s.min_section_mm2:
        enough = section_mm2 >= s.min_area_mm2
        return Obstacle(f"{section_mm2:.0f} mm² in section: too small to tell a level", worth_a_look=enough)
    if columns < s.min_section_columns:
        return Obstacle("the slices are too thick to tell a level in a deposit of this size", worth_a_look=True)
    return None


def _apart(found: list[Found]) -> list[Found]:
    """Each level once, though two looks saw it: what lies over a better one at nearly its depth goes."""
    kept: list[Found] = []
    for one in sorted(found, key=lambda entry: (entry.verdict is not Verdict.LEVEL, -len(entry.patch))):
        if not any(_is_same(one, other) for other in kept):
            kept.append(one)
    return kept


def _together(found: list[Found], s: FluidSettings) -> list[Found]:
    """Patches that are each too small to tell are levels where all of them together are flat enough."""
    nearly = [one.verdict is Verdict.TOO_SMALL and one.flatness >= s.least_flatness for one in found]
    total = sum(one.flatness for one, counts in zip(found, nearly, strict=True) if counts)
    if not any(nearly) or total < s.dome_errors * sum(nearly) ** 0.5:
        return found
    return [one._replace(verdict=Verdict.LEVEL) if counts else one for one, counts in zip(found, nearly, strict=True)]


def _is_same(one: Found, other: Found) -> bool:
    """Whether two patches share a tenth of the smaller one's columns and differ by 1 mm of depth at most."""
    if abs(float(one.interface.depth_mm.mean() - other.interface.depth_mm.mean())) > SAME_MM:
        return False
    own, its = ({(int(v), int(u)) for v, u in entry.patch.column} for entry in (one, other))
    return len(own & its) > SAME_SHARE * min(len(own), len(its))


def _level(lattice: Lattice, found: Found) -> Level:
    """The record of one level."""
    _, patch, interface, layers, _ = found
    columns = patch.column * np.array(lattice.steps_mm[1:])
    width = longest(columns)[0] + min(lattice.steps_mm[1:])
    middle = patch.column.mean(axis=0)
    depth = float(interface.depth_mm.mean()) / lattice.steps_mm[0]
    x, y, z = (float(c) for c in lattice.to_patient((depth, middle[0], middle[1])))
    height_mm, hu = _profile(lattice, patch, interface)
    return Level(
        height_mm=layers.height_mm,
        width_mm=width,
        hu_above=interface.hu_above,
        hu_below=interface.hu_below,
        tilt_deg=interface.tilt_deg,
        center_mm=(x, y, z),
        profile_mm=height_mm,
        profile_hu=hu,
    )


def _profile(lattice: Lattice, patch: Steps, interface: Interface) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Mean HU of the patch's columns by height above the interface."""
    step = lattice.steps_mm[0]
    middle = np.rint(interface.depth_mm / step).astype(np.int64)
    reach = int(PROFILE_MM / step)
    heights, means = [], []
    for k in range(-reach, reach + 1):
        row = middle - k
        inside = (row >= 0) & (row < lattice.hu.shape[0])
        if inside.any():
            at = patch.column[inside]
            heights.append(round(float((interface.depth_mm[inside] - row[inside] * step).mean()), 3))
            means.append(round(float(lattice.hu[row[inside], at[:, 0], at[:, 1]].mean()), 1))
    return tuple(heights), tuple(means)


def _told(levels: tuple[Level, ...]) -> str:
    """What was seen, in words."""
    first, tilt_deg = levels[0], max(level.tilt_deg for level in levels)
    count = "a flat interface" if len(levels) == 1 else f"{len(levels)} flat interfaces"
    return (
        f"{count}, level within {tilt_deg:.1f} degrees; the widest {first.width_mm:.0f} mm across, "
        f"{first.hu_above:.0f} HU above and {first.hu_below:.0f} HU below"
    )
