"""An independent scanner: polychromatic projections of a limb, and filtered back projection.

Parallel beams (what a fan beam is rebinned to), one plane per row of the detector. Body, bone and rods are ellipses and
boxes whose chords have a closed form; deposits are sampled on a lattice as fine as the detector's bins, each pixel's
footprint exact. Rows of 0.6 to 1.25 mm are hardened one by one and averaged to slices after the logarithm, as scanners
do. Quantum noise grows with the attenuation of each ray and is as textured as the kernel makes it. A water correction
takes out the hardening of soft tissue; that of bone and mineral stays, with its streaks. Left out: scatter, focal spot
and motion of the table, cone and afterglow.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from calcimeter.model.grid import Layout
from calcimeter.model.volume import Volume
from calcimeter.phantom.acquire import HU_RANGE, Acquisition
from calcimeter.phantom.scene import gravity_of
from validation.lattice import Lattice, bin_width_mm, muscle_amount, row_edges
from validation.physics import BONE, FAT, MINERAL, MINERAL_G_PER_ML, MUSCLE, WATER, Beam, beam
from validation.projector import harden, project
from validation.reconstruction import kernel_of, noise_gain, reconstructed
from validation.scenes import FAT_HU, Plan

Floats = npt.NDArray[np.float64]
Singles = npt.NDArray[np.float32]
MOST_VIEWS = 480
FAT_SPREAD = 0.008
"""Densities of fat differ so much from limb to limb, each way."""
NAIL_AMOUNT = 6.0
"""Of a nail's metal in cortical bone of the same attenuation: about titanium."""
MOST_ABSORBED = 12.0
GAUSS = ((-0.3872983346, 5 / 18), (0.0, 8 / 18), (0.3872983346, 5 / 18))
"""Three points and weights that average over a bin of width 1."""


@dataclass(frozen=True, slots=True)
class Region:
    """An ellipse or a box along z, of one material, cut out of another.

    Parameters
    ----------
    shape : {"ellipse", "box"}
    center_mm, half_mm : (x, y)
    material, around : int
        Index of ``physics``; -1 is air.
    amount, around_amount : float
        1 is the material's own density.
    mineral_g_per_ml : float
        Hydroxyapatite that takes part of the material's place.
    """

    shape: str
    center_mm: tuple[float, float]
    half_mm: tuple[float, float]
    material: int
    around: int = -1
    amount: float = 1.0
    around_amount: float = 1.0
    mineral_g_per_ml: float = 0.0


@dataclass(frozen=True, slots=True)
class Scan:
    """A simulated scan.

    Parameters
    ----------
    volume : Volume
    acquisition : Acquisition
        As asked for; its grid may have grown to hold the rods.
    masses_mg : tuple of float
        Hydroxyapatite in each object of the plan.
    rods : tuple of (x, y, mg per ml)
        Of the calibration phantom, empty without.
    """

    volume: Volume
    acquisition: Acquisition
    masses_mg: tuple[float, ...]
    rods: tuple[tuple[float, float, float], ...]


def simulated(plan: Plan, tube: int, *, rods: bool = False, soft_edge: bool = False, nail: bool = False) -> Scan:
    """Scan a plan.

    Parameters
    ----------
    tube : int
        As of ``physics.beam``.
    rods : bool
        Lay a phantom with rods of hydroxyapatite under the limb.
    soft_edge : bool
        A raised-cosine kernel in place of a Gaussian one of the same width.
    nail : bool
        Put a metal nail into the marrow, for streaks.
    """
    acquisition, regions, places = plan.acquisition, _limb(plan), ()
    if rods:
        acquisition, added, places = _with_rods(plan)
        regions += added
    if nail:
        bone = regions[-1]
        half = bone.half_mm[0] * 0.8
        regions.append(replace(bone, half_mm=(half, half), material=BONE, around=FAT, amount=NAIL_AMOUNT))
    source = beam(acquisition.kvp, tube)
    deposits = [Lattice.of(part, plan, source, acquisition) for part in plan.parts()]
    values = _scan(acquisition, regions, deposits, source, soft_edge=soft_edge)
    layout = Layout.of(acquisition.grid)
    volume = Volume(np.ascontiguousarray(layout.from_source(values)), layout, layout.analyzed_grid())
    return Scan(volume, acquisition, tuple(d.mass_mg for d in deposits), places)


def water_scan(acquisition: Acquisition, regions: list[Region], tube: int) -> npt.NDArray[np.int16]:
    """Regions alone, for tests: HU (slices, rows, columns) of the acquisition's grid."""
    return _scan(acquisition, regions, [], beam(acquisition.kvp, tube), soft_edge=False)


def _limb(plan: Plan) -> list[Region]:
    """Fat, muscle and bone of the plan."""
    limb, muscle = plan.limb, muscle_amount(plan)
    fat = 1 + FAT_SPREAD * (limb.fat_hu - np.mean(FAT_HU)) / (0.5 * np.ptp(FAT_HU))
    (a, b), within = limb.radii_mm, 1 - limb.fat_mm / min(limb.radii_mm)
    x, y, r = limb.bone_mm
    inner = r - limb.cortex_mm
    return [
        Region("ellipse", (0, 0), (a, b), FAT, amount=fat),
        Region("ellipse", (0, 0), (a * within, b * within), MUSCLE, FAT, muscle, fat),
        Region("ellipse", (x, y), (r, r), BONE, MUSCLE, 1.0, muscle),
        Region("ellipse", (x, y), (inner, inner), FAT, BONE),
    ]


def _with_rods(plan: Plan) -> tuple[Acquisition, list[Region], tuple[tuple[float, float, float], ...]]:
    """The grid grown towards the table, and a pad of water equivalent with rods of 0 to 400 mg/ml in it."""
    down = np.array(gravity_of(plan.acquisition.position)[:2])
    reach = float(np.abs(down) @ np.array(plan.limb.radii_mm))
    middle = down * (reach + 4 + 16)
    along = np.array([abs(down[1]), abs(down[0])])
    pad = Region("box", _pair(middle), _pair(np.abs(down) * 16 + along * 55), WATER)
    places = tuple(
        (*_pair(middle + along * offset), density)
        for offset, density in ((-42.0, 50.0), (-14.0, 100.0), (14.0, 200.0), (42.0, 400.0))
    )
    circles = [Region("ellipse", (x, y), (9, 9), WATER, WATER, mineral_g_per_ml=mg / 1000) for x, y, mg in places]
    return _grown(plan.acquisition, down, 48.0, along), [pad, *circles], places


def _grown(acquisition: Acquisition, down: Floats, by_mm: float, along: Floats) -> Acquisition:
    """More rows or columns in the direction of gravity, and so many across that the pad fits."""
    _, row, column = acquisition.spacing_mm
    slices, rows, columns = acquisition.shape
    x, y, z = acquisition.center_mm
    more_y, more_x = int(abs(down[1]) * by_mm / row), int(abs(down[0]) * by_mm / column)
    across = int(130 / row)
    return replace(
        acquisition,
        shape=(
            slices,
            max(rows, across if along[1] else 0) + more_y,
            max(columns, across if along[0] else 0) + more_x,
        ),
        center_mm=(x + down[0] * more_x * column / 2, y + down[1] * more_y * row / 2, z),
    )


def _scan(
    acquisition: Acquisition, regions: list[Region], deposits: list[Lattice], source: Beam, *, soft_edge: bool
) -> npt.NDArray[np.int16]:
    """HU on the acquisition's grid."""
    angles, bins, bin_mm = _rays(acquisition, regions)
    plain, spectra = _background(regions, angles, bins, bin_mm, source)
    edges = row_edges(acquisition)
    weights = _slice_weights(acquisition, edges)
    kernel = kernel_of(acquisition.blur_fwhm_mm, bins, bin_mm, soft_edge=soft_edge)
    signal = _added(deposits, spectra, (angles, bins, bin_mm), edges, source) @ weights + plain[..., None]
    signal = np.interp(signal, *source.water_table()).astype(np.float32)
    rate = np.exp(np.clip(plain, 0, MOST_ABSORBED) / 2).astype(np.float32)
    if acquisition.noise_hu > 0:
        gain = noise_gain(acquisition, rate, kernel, angles, bin_mm) / source.water_per_mm * 1000
        signal += _noise(acquisition, rate * np.float32(acquisition.noise_hu / gain), weights)
    image = reconstructed(signal, kernel, angles, bin_mm, acquisition)
    hu = 1000 * (image / source.water_per_mm - 1)
    return np.clip(np.rint(np.moveaxis(hu, 2, 0)), *HU_RANGE).astype(np.int16)


def _rays(acquisition: Acquisition, regions: list[Region]) -> tuple[Floats, int, float]:
    """Angles of the views over half a turn, number of bins, and their width."""
    bin_mm = bin_width_mm(acquisition)
    reach = max(float(np.hypot(*(np.abs(r.center_mm) + np.array(r.half_mm)))) for r in regions)
    # Filtered views are not zero beside the body: they must reach the image's corners.
    ends = [
        acquisition.grid.to_patient((0, row, column))
        for row in (0, acquisition.shape[1])
        for column in (0, acquisition.shape[2])
    ]
    reach = max(reach, *(float(np.hypot(end[0], end[1])) for end in ends))
    bins = 2 * int(np.ceil(reach / bin_mm) + 4)
    views = int(np.clip(np.pi * reach / (2 * bin_mm), 240, MOST_VIEWS))
    return np.arange(views) * np.pi / views, bins, bin_mm


def _slice_weights(acquisition: Acquisition, edges: Floats) -> Singles:
    """Share (rows, slices) of each row in each slice: a box as thick as the slice."""
    middles = np.array([acquisition.grid.to_patient((k, 0, 0))[2] for k in range(acquisition.shape[0])])
    half = acquisition.slice_thickness_mm / 2
    upper = np.minimum(edges[1:, None], middles + half)
    lower = np.maximum(edges[:-1, None], middles - half)
    overlap = np.maximum(upper - lower, 0)
    return (overlap / overlap.sum(axis=0)).astype(np.float32)


def _background(regions: list[Region], angles: Floats, bins: int, bin_mm: float, source: Beam) -> tuple[Floats, Floats]:
    """Signal (views, bins) of the regions, and what they leave of each energy (views * bins, energies)."""
    middles = (np.arange(bins) - bins / 2 + 0.5) * bin_mm
    paths = np.zeros((len(angles), bins, 5))
    for region in regions:
        chord = sum(weight * _chord(region, angles, middles + offset * bin_mm) for offset, weight in GAUSS)
        solid = region.mineral_g_per_ml / MINERAL_G_PER_ML
        paths[..., region.material] += (region.amount - solid) * chord
        paths[..., MINERAL] += solid * chord
        if region.around >= 0:
            paths[..., region.around] -= region.around_amount * chord
    left = np.exp(-(paths.reshape(-1, 5) @ source.per_mm)) * source.weights
    return -np.log(left.sum(axis=1)).reshape(len(angles), bins), left


def _chord(region: Region, angles: Floats, middles: Floats) -> Floats:
    """Length (views, bins) of the rays ``x cos + y sin = middle`` within a region."""
    c, s = np.cos(angles)[:, None], np.sin(angles)[:, None]
    (x, y), (a, b) = region.center_mm, region.half_mm
    off = middles - (x * c + y * s)
    if region.shape == "ellipse":
        square = (a * c) ** 2 + (b * s) ** 2
        chord: Floats = 2 * a * b * np.sqrt(np.maximum(square - off**2, 0)) / square
        return chord
    # A box's chord is a trapezoid of the offset.
    wide, narrow = np.maximum(a * np.abs(c), b * np.abs(s)), np.minimum(a * np.abs(c), b * np.abs(s))
    top = 4 * a * b / (2 * wide)
    ramp = np.clip((wide + narrow - np.abs(off)) / np.maximum(2 * narrow, 1e-9), 0, 1)
    return top * ramp


def _added(
    deposits: list[Lattice], spectra: Floats, rays: tuple[Floats, int, float], edges: Floats, source: Beam
) -> Singles:
    """What the deposits add (views, bins, rows) to the signal of the background."""
    angles, bins, bin_mm = rays
    shape = (len(angles), bins, len(edges) - 1)
    mineral = np.zeros(shape, dtype=np.float32)
    lacking = any(deposit.lack.shape[1] for deposit in deposits)
    lack = np.zeros(shape if lacking else (*shape[:2], 0), dtype=np.float32)
    for deposit in deposits:
        start = int(np.argmin(np.abs(edges - deposit.start_mm)))
        project(deposit.mineral, start, deposit.places, (deposit.side_mm, bin_mm), angles, mineral)
        if deposit.lack.shape[1]:
            project(deposit.lack, start, deposit.places, (deposit.side_mm, bin_mm), angles, lack)
    if deposits:
        muscle = source.per_mm[MUSCLE]
        flat = shape[0] * shape[1]
        gained = source.per_mm[MINERAL] - deposits[0].replaces * muscle
        harden(mineral.reshape(flat, -1), gained, lack.reshape(flat, lack.shape[2]), -muscle, spectra)
    return mineral


def _noise(acquisition: Acquisition, rate: Singles, weights: Singles) -> Singles:
    """Noise (views, bins, slices): of the slices where they share no rows, else of the rows, so that it is shared."""
    random = np.random.default_rng(acquisition.seed)
    if acquisition.spacing_mm[0] >= acquisition.slice_thickness_mm * 0.999:
        return random.standard_normal((*rate.shape, weights.shape[1]), dtype=np.float32) * rate[..., None]
    share = np.sqrt((weights**2).sum(axis=0).mean())
    rows = random.standard_normal((*rate.shape, weights.shape[0]), dtype=np.float32)
    return (rows @ (weights / np.float32(share))) * rate[..., None]


def _pair(point: Floats) -> tuple[float, float]:
    return (float(point[0]), float(point[1]))
