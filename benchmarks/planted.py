"""Deposits of shapes that no rule was made on, planted into real scans that have none.

A deposit is drawn on a lattice finer than the scan, averaged over slices, blurred as the scan is and mixed into it:
what a voxel holds of tissue is replaced by mineral, and the scan's own noise stays.
"""

from __future__ import annotations

import tomllib
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from shown import Row, Section, share_with_interval, table

PLACES = Path(__file__).with_name("planted.toml")
PASSES, IN_A_PASS = 8, 6
SMALLEST_MM, LARGEST_MM = 6.0, 40.0
DENSITY_HU = (250.0, 900.0)
BONE_HU, BONE_MM3, BONE_MM = 250, 1000.0, 7.0
DENSE_HU, DENSE_MM = 160, 6.0
SKIN_MM, BORDER_MM, APART_MM, LISTED_MM = 4.0, 5.0, 32.0, 35.0
BLUR_MM, FINER = 0.65, (6, 3, 3)
THRESHOLD_HU, FOUND_SHARE = 130, 0.5

Floats = npt.NDArray[np.float64]
Shape = Callable[[Floats, float, np.random.Generator], Floats]


@dataclass(frozen=True, eq=False)
class Planted:
    """One deposit: shape, largest extent, density, and its voxels over the search threshold."""

    shape: str
    size_mm: float
    density_hu: float
    index: npt.NDArray[np.int64]
    center_mm: Floats


@dataclass(frozen=True, eq=False)
class Host:
    """A scan and where in it a deposit may lie."""

    name: str
    study: Any
    free: npt.NDArray[np.bool_]
    boxes_mm: Floats


# The shapes: mineral as a share of the deposit's density at points in mm around its middle, 0 outside.


def torus(p: Floats, size: float, _: np.random.Generator) -> Floats:
    """A ring."""
    tube = max(5.2, 0.28 * size) / 2
    around = np.hypot(p[..., 0], p[..., 1]) - (size / 2 - tube)
    return (np.hypot(around, p[..., 2]) < tube).astype(float)


def twisted_sheet(p: Floats, size: float, rng: np.random.Generator) -> Floats:
    """A band that turns about its long axis."""
    turn = rng.uniform(0.5, 1.2) * np.pi * p[..., 2] / size
    across = p[..., 0] * np.cos(turn) + p[..., 1] * np.sin(turn)
    through = -p[..., 0] * np.sin(turn) + p[..., 1] * np.cos(turn)
    flat = (np.abs(through) < 2.6) & (np.abs(across) < 0.32 * size) & (np.abs(p[..., 2]) < size / 2)
    return flat.astype(float)


def cluster(p: Floats, size: float, rng: np.random.Generator) -> Floats:
    """Beads of 5 to 7 mm thrown together."""
    inside = np.zeros(p.shape[:-1])
    for _ in range(int(rng.integers(4, 9))):
        radius = rng.uniform(2.6, 3.6)
        direction = rng.standard_normal(3)
        middle = direction / np.linalg.norm(direction) * (size / 2 - radius) * rng.uniform(0.2, 1) ** (1 / 3)
        inside[np.linalg.norm(p - middle, axis=-1) < radius] = 1
    return inside


def whorls(p: Floats, size: float, rng: np.random.Generator) -> Floats:
    """An ellipsoid of denser and fainter layers that wind; its mean is the density."""
    axes = np.maximum(np.array([1, rng.uniform(0.7, 1), rng.uniform(0.6, 1)]) * size, 5.2) / 2
    radius = np.linalg.norm(p / axes, axis=-1)
    wave = np.sin(radius * size / 2.2 + np.arctan2(p[..., 1], p[..., 0]) + p[..., 2] / 3)
    return np.where(radius < 1, 1.0 + 0.25 * wave, 0.0)


def half_shell(p: Floats, size: float, _: np.random.Generator) -> Floats:
    """A bowl."""
    radius = np.linalg.norm(p, axis=-1)
    return ((radius < size / 2) & (radius > size / 2 - 5.2) & (p[..., 2] < 0.1 * size)).astype(float)


def horn(p: Floats, size: float, _: np.random.Generator) -> Floats:
    """A bent cone."""
    along = np.clip(p[..., 2] / size + 0.5, 0, 1)
    bend = 0.25 * size * (4 * (along - 0.5) ** 2 - 0.5)
    radius = max(5.2, 0.3 * size) / 2 * (1.5 - 0.5 * along)
    return ((np.hypot(p[..., 0] - bend, p[..., 1]) < radius) & (np.abs(p[..., 2]) < size / 2)).astype(float)


SHAPES: dict[str, tuple[Shape, float]] = {
    "torus": (torus, 15.0),
    "twisted sheet": (twisted_sheet, 14.0),
    "cluster": (cluster, 14.0),
    "whorls": (whorls, SMALLEST_MM),
    "half shell": (half_shell, 14.0),
    "horn": (horn, 10.0),
}
"""Each with the smallest size at which it is still that shape; none is thinner than 5 mm anywhere but at an edge."""


def add_planted(section: Section, analyses: dict[str, Any]) -> None:
    """Plant into every host at hand and count."""
    places = tomllib.loads(PLACES.read_text())
    said: list[tuple[str, str]] = []
    for number, (name, place) in enumerate(places.items()):
        if name not in analyses:
            section.skip(f"{name}: planted deposits", "the scan is not at hand")
            continue
        host = host_of(name, analyses[name], np.array(place["boxes_mm"], dtype=float))
        for turn in range(PASSES):
            said += [(name, answer) for answer in _one_pass(host, np.random.default_rng([77, number, turn]))]
    if said:
        section.rows += _rows([answer for _, answer in said])
        section.notes.append(_by_scan(said))


def _rows(said: list[str]) -> list[Row]:
    found = sum(answer != "not found" for answer in said)
    uncertain, soft = said.count("uncertain"), said.count("soft_tissue")
    return [
        Row.judged(
            "planted deposits over 5 mm and 250 HU found, at least 97 %",
            share_with_interval(found, len(said)),
            holds=found >= 0.97 * len(said),
        ),
        Row.judged(
            "of those found, at most 10 % uncertain",
            share_with_interval(uncertain, found),
            holds=uncertain <= 0.1 * found,
        ),
        Row.judged(
            "and the rest soft_tissue",
            f"{found - uncertain - soft} something else; soft_tissue {share_with_interval(soft, found)}",
            holds=soft + uncertain == found,
        ),
    ]


def _by_scan(said: list[tuple[str, str]]) -> str:
    rows = []
    for name in dict.fromkeys(name for name, _ in said):
        counts = Counter(answer for scan, answer in said if scan == name)
        rows.append((name, str(sum(counts.values())), ", ".join(f"{k} {n}" for k, n in counts.most_common())))
    return table(("scan", "planted", "taken for"), rows)


def host_of(name: str, analysis: Any, boxes_mm: Floats) -> Host:
    """A scan with the voxels that a deposit may take: in the body, away from bone, skin and dense things."""
    from calcimeter.geometry.components import Components
    from calcimeter.geometry.morphology import dilate, erode, threshold

    volume = analysis.study.volume
    spacing, values = volume.grid.spacing_mm, volume.values
    parts = Components.of(threshold(values, BONE_HU))
    bone = parts.mask(parts.voxels() * volume.grid.voxel_mm3 >= BONE_MM3)
    dense = Components.of(threshold(values, DENSE_HU))
    something = dense.mask(dense.voxels() >= 4)
    free = erode(analysis.anatomy.body, SKIN_MM, spacing) - dilate(bone, BONE_MM, spacing)
    free = free - dilate(something, DENSE_MM, spacing)
    listed = [np.array(one.extent.centroid_mm) for one in (*analysis.lesions, *analysis.set_aside)]
    return Host(name, analysis.study, _away_from(free.to_bool(), volume.grid, listed), boxes_mm)


def _away_from(free: npt.NDArray[np.bool_], grid: Any, listed: list[Floats]) -> npt.NDArray[np.bool_]:
    """The free voxels without those near a listed object and near the border."""
    away = free.copy()
    for axis, spacing in enumerate(grid.spacing_mm):
        n = int(np.ceil(BORDER_MM / spacing))
        np.moveaxis(away, axis, 0)[:n] = False
        np.moveaxis(away, axis, 0)[-n:] = False
    for middle in listed:
        index = grid.to_index(middle)
        reach = LISTED_MM / np.array(grid.spacing_mm)
        low, high = np.maximum(index - reach, 0).astype(int), np.maximum(index + reach + 1, 0).astype(int)
        away[tuple(slice(a, b) for a, b in zip(low, high, strict=True))] = False
    return away


def _one_pass(host: Host, rng: np.random.Generator) -> list[str]:
    """Plant some deposits at once, far from one another, analyze, and say what each was taken for."""
    from calcimeter.pipeline import analyze_ct

    values = host.study.volume.values.astype(np.float32)
    planted: list[Planted] = []
    for _ in range(400):
        if len(planted) == IN_A_PASS:
            break
        one = _try_to_plant(host, values, planted, rng)
        planted += [one] if one is not None else []
    volume = replace(host.study.volume, values=np.rint(values).astype(np.int16))
    analysis = analyze_ct(replace(host.study, volume=volume))
    return [_taken_for(analysis, one) for one in planted]


def _try_to_plant(
    host: Host, values: npt.NDArray[np.float32], others: list[Planted], rng: np.random.Generator
) -> Planted | None:
    """One deposit at a random place, drawn into the values; None where it does not fit there."""
    name = list(SHAPES)[int(rng.integers(len(SHAPES)))]
    shape, smallest = SHAPES[name]
    size = float(np.exp(rng.uniform(np.log(smallest), np.log(LARGEST_MM))))
    low, high = host.boxes_mm[rng.integers(len(host.boxes_mm))]
    center = rng.uniform(low, high)
    density = float(rng.uniform(*DENSITY_HU))
    if any(np.linalg.norm(center - o.center_mm) < (size + o.size_mm) / 2 + APART_MM for o in others):
        return None
    grid = host.study.volume.grid
    if not _is_roomy(host, center, 0.25 * size):
        return None
    start, mineral = _mineral(grid, (center, size), shape, rng)
    box = tuple(slice(s, s + n) for s, n in zip(start, mineral.shape, strict=True))
    if min(start) < 0 or values[box].shape != mineral.shape or not host.free[box][mineral > 0.05].all():
        return None
    tissue = _smooth(host.study.volume.values[box].astype(np.float32))
    drawn = values[box] + mineral * (density - tissue)
    index = np.argwhere((drawn > THRESHOLD_HU) & (mineral > 0.3)) + np.array(start)
    inside = grid.to_patient(index) if len(index) else np.zeros((1, 3))
    if len(index) == 0 or (inside < low).any() or (inside > high).any():
        return None
    values[box] = drawn
    return Planted(name, size, density, index, center)


def _is_roomy(host: Host, center: Floats, reach_mm: float) -> bool:
    """Whether the middle and six points around it are free; saves drawing what will not fit."""
    around = center + reach_mm * np.vstack([np.eye(3), -np.eye(3), np.zeros((1, 3))])
    index = np.rint(host.study.volume.grid.to_index(around)).astype(int)
    if (index < 0).any() or (index >= host.free.shape).any():
        return False
    return bool(host.free[tuple(index.T)].all())


def _mineral(
    grid: Any, place: tuple[Floats, float], shape: Shape, rng: np.random.Generator
) -> tuple[tuple[int, ...], Floats]:
    """First voxel of a box around a deposit and the share of mineral in its voxels, averaged and blurred."""
    from scipy.ndimage import gaussian_filter1d

    center, size = place
    spacing = np.array(grid.spacing_mm)
    middle = grid.to_index(center)
    reach = np.ceil((0.62 * size + 3) / spacing).astype(int)
    start = np.rint(middle).astype(int) - reach
    axes = [np.arange(-0.5 + 0.5 / f, 2 * r + 0.5, 1 / f) + s for r, s, f in zip(reach, start, FINER, strict=True)]
    index = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1)
    turned = (grid.to_patient(index) - center) @ _any_rotation(rng)
    fine = shape(turned, size, rng)
    n = [len(a) // f for a, f in zip(axes, FINER, strict=True)]
    mean = fine.reshape(n[0], FINER[0], n[1], FINER[1], n[2], FINER[2]).mean(axis=(1, 3, 5))
    for axis in (1, 2):
        mean = gaussian_filter1d(mean, max(BLUR_MM, 0.4 * spacing[axis]) / spacing[axis], axis=axis, mode="constant")
    return tuple(int(s) for s in start), mean


def _any_rotation(rng: np.random.Generator) -> Floats:
    q, r = np.linalg.qr(rng.standard_normal((3, 3)))
    return q * np.sign(np.diag(r))


def _smooth(values: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """The tissue without its noise."""
    from scipy.ndimage import gaussian_filter

    smoothed: npt.NDArray[np.float32] = gaussian_filter(values, (0.7, 2.5, 2.5), mode="nearest")
    return smoothed


def _taken_for(analysis: Any, one: Planted) -> str:
    """Category of the listed object that holds most of a deposit; "not found" where less than half of it is listed."""
    held: Counter[str] = Counter()
    for lesion in analysis.lesions:
        region = lesion.deposit.envelope
        local = one.index - np.array(region.start)
        inside = ((local >= 0) & (local < region.mask.shape)).all(axis=1)
        held[str(lesion.category)] += int(region.mask[tuple(local[inside].T)].sum())
    if sum(held.values()) < FOUND_SHARE * len(one.index):
        return "not found"
    return held.most_common(1)[0][0]
