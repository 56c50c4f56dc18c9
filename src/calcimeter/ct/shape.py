"""What the surface of each deposit is like: deposits -> shapes."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from calcimeter.ct.settings import ShapeSettings
from calcimeter.geometry.hull import hull_volume
from calcimeter.geometry.isotropic import Smoothing, to_cubes
from calcimeter.geometry.lobes import Limits, find_lobes
from calcimeter.geometry.mesh import half_surface
from calcimeter.geometry.window import FWHM_OF_SIGMA
from calcimeter.model.grid import Index3
from calcimeter.model.lesion import Deposit
from calcimeter.model.measures import Shape
from calcimeter.model.volume import Fractions, Volume

Values = npt.NDArray[np.float32]
HALF = 0.5
"""Where the surface lies, by definition of a fraction; width of a Gaussian."""


def measure_shapes(
    volume: Volume, deposits: tuple[Deposit, ...], noise_hu: float, settings: ShapeSettings
) -> tuple[Shape, ...]:
    """Surface, sphericity, solidity and lobes, in the order of the deposits.

    The voxel fractions are taken apart to cubes before a mesh is laid at one half, so that neither the steps of the
    grid nor thick slices count as surface; of a given outline the steps in the slice do count. Sphericity and
    solidity are at most 1. Lobes are maxima of the distance to the surface, parted by necks: a lobe is deeper than
    ``lobe_depth_mm`` and than a share of its own radius; every separate piece counts at least one, unless it may be
    noise: it is nowhere so many times the noise above the tissue around, and there is a larger one. Solidity is None
    where a deposit is flat, lobes are None where no cube lies inside. Fails where lobes are parted by a cleft that is
    thinner than the blur: they count as one.
    """
    return tuple(_shape(volume, deposit, noise_hu, settings) for deposit in deposits)


def _shape(volume: Volume, deposit: Deposit, noise_hu: float, s: ShapeSettings) -> Shape:
    """One deposit."""
    values, start, smoothing = _values(volume, deposit, noise_hu, s)
    cubes = to_cubes(values, volume.grid.spacing_mm, s.most_voxels, smoothing)
    if cubes.values.max() > HALF:
        mesh = half_surface(cubes.values, (0, 0, 0), cubes.grid(volume.grid, start))
    else:
        mesh = half_surface(deposit.envelope.mask.astype(np.float32), deposit.envelope.start, volume.grid)
    area, inside = mesh.area_mm2, mesh.volume_mm3
    hull = hull_volume(mesh.vertices_mm)
    sphere = math.pi ** (1 / 3) * (6 * inside) ** (2 / 3)
    piece_mm = max(s.lobe_depth_mm, s.piece_share * max(volume.grid.spacing_mm))
    lobes = find_lobes(cubes.values, cubes.steps_mm, Limits(s.lobe_depth_mm, s.neck_share, piece_mm))
    return Shape(
        surface_mm2=area,
        sphericity=min(sphere / area, 1.0) if area > 0 else None,
        solidity=min(inside / hull, 1.0) if hull else None,
        lobes=len(lobes) or None,
    )


def _values(volume: Volume, deposit: Deposit, noise_hu: float, s: ShapeSettings) -> tuple[Values, Index3, Smoothing]:
    """How much of each voxel is deposit, in a box, where the box starts, and how smooth that is.

    Within thick slices the fractions are averaged, so that noise of single pixels does not roughen what is taken apart.
    """
    from scipy.ndimage import gaussian_filter

    if deposit.fractions is None:
        return deposit.envelope.mask.astype(np.float32), deposit.envelope.start, Smoothing()
    values = _without_specks(volume, deposit.fractions, s.sure_sigmas * noise_hu)
    thick, *plane = volume.grid.spacing_mm
    if thick < s.thick_slice * max(plane):
        return values, deposit.fractions.start, Smoothing(s.blur_mm, s.smoothing)
    sigma_mm = s.calming_share * thick
    sigma = [0.0, *(sigma_mm / d for d in plane)]
    margin = [0, *(int(4 * width) + 1 for width in sigma[1:])]
    calm = gaussian_filter(np.pad(values, [(m, m) for m in margin]), sigma)
    a, b, c = (first - m for first, m in zip(deposit.fractions.start, margin, strict=True))
    return calm, (a, b, c), Smoothing(math.hypot(s.blur_mm, FWHM_OF_SIGMA * sigma_mm), s.smoothing)


def _without_specks(volume: Volume, fractions: Fractions, sure_hu: float) -> Values:
    """The fractions without pieces that are nowhere so many HU above the tissue around, but for the largest piece.

    Noise that passes the search threshold close to a deposit is taken for a part of it, and its own level for dense.
    """
    from scipy.ndimage import label, maximum

    values = fractions.values
    pieces, count = label(values >= HALF, np.ones((3, 3, 3)))
    outside = values <= 0
    if count < 2 or not outside.any():
        return values
    low, high = fractions.start, np.add(fractions.start, values.shape)
    hu = volume.values[tuple(slice(a, b) for a, b in zip(low, high, strict=True))]
    highest = np.concatenate([[np.inf], maximum(hu, pieces, np.arange(1, count + 1))])
    highest[np.bincount(pieces[pieces > 0]).argmax()] = np.inf
    return np.where((highest - np.median(hu[outside]) >= sure_hu)[pieces], values, np.float32(0))
