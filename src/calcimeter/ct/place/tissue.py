"""In what tissue a deposit lies: skin, fat under the skin, between or inside muscles, joint, organ."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from calcimeter.ct.settings import PlaceSettings
from calcimeter.geometry.distance import region_surface_mm, surface_index
from calcimeter.geometry.morphology import coarse_factor, dilate, pool
from calcimeter.model.anatomy import Anatomy, Mask
from calcimeter.model.grid import FloatArray, Grid
from calcimeter.model.lesion import LISTED_ONLY_WITH_ALL, Category, Deposit
from calcimeter.model.volume import Volume

TOLD = {Category.JOINT: "intra_articular", Category.VISCERAL: "visceral", Category.STONE: "visceral"}
"""Categories that tell the compartment themselves."""

SAMPLES = 400
"""Of a deposit's surface, from which its depth under the skin is taken."""


class Skin:
    """The outer surface of the body as far as it is in view, on a coarse grid: where the images end is none."""

    def __init__(self, body: Mask, grid: Grid, coarse_mm: float) -> None:
        from scipy.spatial import cKDTree

        factor = coarse_factor(grid.spacing_mm, coarse_mm)
        index = surface_index(pool(body, factor))
        index = index[index[:, 0] % max(1, round(2 * coarse_mm / grid.spacing_mm[0])) == 0]
        self.grid = grid
        self.points_mm = grid.to_patient(index * (1, factor, factor) + (0, (factor - 1) / 2, (factor - 1) / 2))
        self._tree = cKDTree(self.points_mm, balanced_tree=False, compact_nodes=False) if len(index) else None

    def depth_mm(self, point_mm: FloatArray) -> float:
        """How deep a point (3,) lies; infinite where no skin is in view."""
        return float(self._tree.query(point_mm)[0]) if self._tree else np.inf

    def below(self, surface_mm: FloatArray) -> tuple[FloatArray, FloatArray] | None:
        """Depth of each point of a surface (n, 3), (n,), and the skin over the one that is nearest to it, (2, 3).

        None where the images end nearer than the skin: it may be nearer beyond them.
        """
        if self._tree is None:
            return None
        depth, number = self._tree.query(surface_mm)
        top = int(depth.argmin())
        index = self.grid.to_index(surface_mm[top])[1:]
        to_border = np.minimum(index + 0.5, np.array(self.grid.shape[1:]) - 0.5 - index) * self.grid.spacing_mm[1:]
        if to_border.min() < depth[top]:
            return None
        return depth, np.stack([surface_mm[top], self.points_mm[number[top]]])


class Ring(NamedTuple):
    """Shares of fat, muscle and gas in the tissue around a deposit."""

    fat: float
    muscle: float
    gas: float


Scan = tuple[Volume, Anatomy, Skin]


def compartment(scan: Scan, deposit: Deposit, bone_mm: FloatArray | None, settings: PlaceSettings) -> str | None:
    """The compartment of a deposit, None where the tissue around it does not tell.

    Parameters
    ----------
    scan : tuple
    deposit : Deposit
    bone_mm : ndarray, (3,), or None
        Place on the nearest bone; None where that is one of a limb, which has no organs on its inner side.

    Returns
    -------
    str or None
        Inside the trunk, that is deeper than the bone nearby, only joints and organs are told, by the category. Where
        its cavities are known that is asked before all but the skin: the fat around bowel is none under the skin.
        "bursal" is never said: on CT a bursa can't be told from the fat between muscles.
    """
    if deposit.category in TOLD or deposit.category in LISTED_ONLY_WITH_ALL:
        return TOLD.get(deposit.category)
    volume, _, skin = scan
    surface = region_surface_mm(deposit.envelope, volume.grid)
    surface = surface[:: max(1, len(surface) // SAMPLES)]
    ring = _ring(scan, deposit, settings)
    under = skin.below(surface)
    if under is None or ring is None:
        return None
    depth, path = under
    if float(np.percentile(depth, 80)) <= settings.skin_mm:
        return "skin"
    enclosed = _in_cavity(scan[1], deposit, settings)
    if enclosed:
        return None
    if ring.fat >= settings.fat_share and _muscle_on(volume, path, settings) <= settings.path_muscle:
        return "subcutaneous"
    beneath = enclosed is None and _is_beneath(skin, bone_mm, float(depth.min()), settings)
    if ring.gas > settings.gas_share or beneath:
        return None
    if ring.muscle >= settings.muscle_share and ring.fat < settings.plane_share:
        return "intramuscular"
    return "intermuscular" if ring.fat >= settings.plane_share and ring.muscle >= settings.plane_share else None


def _in_cavity(anatomy: Anatomy, deposit: Deposit, settings: PlaceSettings) -> bool | None:
    """Whether a deposit may lie in a cavity of the trunk; None where those are not known."""
    where = anatomy.trunk.at(deposit.envelope.centroid()) if anatomy.trunk else None
    return where.depth_mm > -settings.inside_mm if where else None


def _is_beneath(skin: Skin, bone_mm: FloatArray | None, depth_mm: float, settings: PlaceSettings) -> bool:
    """Whether a deposit at a depth lies deeper than the bone nearby, so that it may lie in a cavity."""
    return bone_mm is not None and depth_mm > settings.inside_mm + skin.depth_mm(bone_mm)


def _ring(scan: Scan, deposit: Deposit, settings: PlaceSettings) -> Ring | None:
    """What lies around a deposit, beyond its blur, without what is dense; None where nothing does."""
    volume, anatomy, _ = scan
    spacing = volume.grid.spacing_mm
    margin = [int(settings.ring_mm[1] / s) + 1 for s in spacing]
    box = deposit.envelope.padded((margin[0], margin[1], margin[2]), volume.grid.shape)
    own = Mask.from_bool(box.mask)
    ring = (dilate(own, settings.ring_mm[1], spacing) - dilate(own, settings.ring_mm[0], spacing)).to_bool()
    ring &= anatomy.body.within(box.slices) & (anatomy.skeleton.labels[box.slices] == 0)
    values = volume.values[box.slices][ring]
    values = values[values < settings.muscle_hu[1]]
    if len(values) < 20:
        return None
    low, high = settings.fat_hu
    return Ring(
        fat=float(((values >= low) & (values <= high)).mean()),
        muscle=float((values >= settings.muscle_hu[0]).mean()),
        gas=float((values < low).mean()),
    )


def _muscle_on(volume: Volume, path_mm: FloatArray, settings: PlaceSettings) -> float:
    """Share of a straight path, from a deposit (beyond its blur) to the skin (less its thickness), that is no fat."""
    from scipy.ndimage import map_coordinates

    length = float(np.linalg.norm(path_mm[1] - path_mm[0]))
    at_mm = np.arange(settings.ring_mm[0], length - settings.skin_mm, 0.5)
    if not len(at_mm):
        return 0.0
    points = path_mm[0] + at_mm[:, None] / length * (path_mm[1] - path_mm[0])
    values = map_coordinates(volume.values, volume.grid.to_index(points).T, order=1, mode="nearest", output=np.float32)
    return float((values > settings.muscle_hu[0]).mean())
