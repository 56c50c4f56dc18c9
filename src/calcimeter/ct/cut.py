"""Deposits that touch or are fused to bone: skeleton -> skeleton without them, and where they were cut off."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from calcimeter.ct.settings import CutSettings
from calcimeter.geometry.components import Components
from calcimeter.geometry.distance import shared_area_mm2
from calcimeter.geometry.morphology import dilate, erode, opened, threshold
from calcimeter.geometry.split import nearer_part, part_before_waist
from calcimeter.model.anatomy import Cut, Mask, Skeleton
from calcimeter.model.grid import BoolArray, FloatArray
from calcimeter.model.volume import Region, Volume

Labels = npt.NDArray[np.uint8] | npt.NDArray[np.uint16]


def cut_attached(volume: Volume, skeleton: Skeleton, settings: CutSettings) -> Skeleton:
    """The skeleton without the deposits that lie on it.

    A deposit on bone is a plateau, dense but less so than cortex, that lies bare: there is no bone around most of it,
    no cortex lines its far side, and it hangs on the rest in one place. Spongy bone is a plateau too, but has cortex
    and bone around it.

    Parameters
    ----------
    volume : Volume
    skeleton : Skeleton
        Filled pieces, as ``find_skeleton`` gives them.

    Returns
    -------
    Skeleton
        The same record where there is nothing to cut. Else the deposits' voxels are 0 in the labels, and ``cuts``
        tells of each, largest first. What is denser than cortex, thinner than 5 mm, or embraced by bone on more than
        a third of its surface stays with the bone, as does everything where voxels are too large to show cortex.
    """
    labels = skeleton.labels.copy()
    cuts: list[Cut] = []
    dense = threshold(volume.values, settings.dense_hu)
    for cortex_hu in settings.cortex_hu:
        scan = _Scan(volume, labels, dense, cortex_hu, settings)
        for plateau in _plateaus(scan):
            cuts.extend(_cut_off(scan, part) for part in _bare(scan, plateau))
    largest_first = sorted(cuts, key=lambda cut: -cut.region.voxels)
    return skeleton.less(tuple(largest_first), volume.grid.voxel_mm3)


class _Scan(NamedTuple):
    """What a plateau is looked at in: the labels lose what is cut off."""

    volume: Volume
    labels: Labels
    dense: Mask
    cortex_hu: float
    settings: CutSettings

    @property
    def spacing_mm(self) -> tuple[float, float, float]:
        """Spacing of the scan."""
        return self.volume.grid.spacing_mm

    def around(self, region: Region, margin_mm: float) -> Region:
        """The region in a box with room for a margin."""
        a, b, c = (int(margin_mm / d) + 1 for d in self.spacing_mm)
        return region.padded((a, b, c), self.volume.grid.shape)


class _Surroundings(NamedTuple):
    """What decides whether a plateau is a deposit.

    The share of the rim on its far side that is denser than it (``walled``); the volume of the skeleton
    around, and the second largest part of that by the largest (``second``); the standard deviation inside.
    """

    walled: float
    host_mm3: float
    second: float
    sd_hu: float


def _plateaus(scan: _Scan) -> tuple[Region, ...]:
    """Thick parts of the skeleton that are dense and no cortex."""
    s, spacing = scan.settings, scan.spacing_mm
    walls = dilate(threshold(scan.volume.values, scan.cortex_hu), max(spacing[1:]) * 1.01, spacing)
    dense = scan.dense & Mask.from_bool(scan.labels)
    parts = Components.of(opened(dense - walls, s.opening_mm, spacing))
    return parts.regions(parts.voxels() * scan.volume.grid.voxel_mm3 >= scan.settings.min_volume_mm3)


def _bare(scan: _Scan, plateau: Region) -> tuple[Region, ...]:
    """The parts of a plateau that are deposits: all of it, or those of its lobes that are, or none.

    Where bone is spongy up to its surface, a deposit and the bone under it are one plateau with a waist: as soon as
    one of the lobes lies embedded, the whole can't be a deposit.
    """
    embedded = False
    for depth_mm in scan.settings.lobe_mm:
        lobes = _lobes(scan, plateau, depth_mm)
        embedded |= any(_free(scan, lobe) < scan.settings.embedded_free for lobe in lobes)
        bare = tuple(lobe for lobe in lobes if _is_deposit(scan, lobe)) if embedded else ()
        if bare:
            return bare
    return (plateau,) if not embedded and _is_deposit(scan, plateau) else ()


def _lobes(scan: _Scan, plateau: Region, depth_mm: float) -> tuple[Region, ...]:
    """The parts that a plateau falls into where it is eroded, at their former size; none where it stays whole."""
    box = scan.around(plateau, 0.0)
    whole = Mask.from_bool(box.mask)
    cores = Components.of(erode(whole, depth_mm, scan.spacing_mm))
    if cores.count < 2:
        return ()
    grown = (dilate(cores.mask(np.arange(cores.count) == k), depth_mm, scan.spacing_mm) for k in range(cores.count))
    lobes = (Region.trimmed(box.start, (core & whole).to_bool()) for core in grown)
    return tuple(x for x in lobes if x.voxels * scan.volume.grid.voxel_mm3 >= scan.settings.min_volume_mm3)


def _is_deposit(scan: _Scan, plateau: Region) -> bool:
    """Whether a plateau lies bare, hangs on something, in one place, and is even."""
    s = scan.settings
    if _free(scan, plateau) < s.min_free:
        return False
    around = _surroundings(scan, plateau)
    return (
        around.walled <= s.max_walled
        and around.host_mm3 >= s.min_host_mm3
        and around.second <= s.max_second
        and around.sd_hu <= s.max_sd_hu
    )


def _free(scan: _Scan, plateau: Region) -> float:
    """Share of the shell around a plateau that is no skeleton."""
    box = scan.around(plateau, scan.settings.shell_mm)
    shell = (dilate(Mask.from_bool(box.mask), scan.settings.shell_mm, scan.spacing_mm)).to_bool() & ~box.mask
    return float((scan.labels[box.slices][shell] == 0).mean()) if shell.any() else 0.0


def _surroundings(scan: _Scan, plateau: Region) -> _Surroundings:
    """What lies around a plateau and inside it.

    A rim of less than a voxel can't be looked at: it counts as walled.
    """
    s, spacing = scan.settings, scan.spacing_mm
    box = scan.around(plateau, s.around_mm)
    own, values = Mask.from_bool(box.mask), scan.volume.values[box.slices]
    bone = scan.labels[box.slices] > 0
    shell = dilate(own, s.shell_mm, spacing).to_bool() & bone & ~box.mask
    host = (dilate(own, s.around_mm, spacing) - own).to_bool() & bone & ~shell
    rim = shell & dilate(Mask.from_bool(~bone), s.rim_mm, spacing).to_bool() & _beyond(box.mask, host, spacing)
    parts = np.sort(Components.of(Mask.from_bool(host)).voxels())[::-1]
    inside = erode(own, max(spacing[1:]) * 1.01, spacing).to_bool()
    wall_hu = float(np.median(values[box.mask])) + s.walled_hu
    return _Surroundings(
        walled=float((values[rim] > wall_hu).mean()) if rim.any() else 1.0,
        host_mm3=float(parts.sum() * scan.volume.grid.voxel_mm3),
        second=float(parts[1] / parts[0]) if len(parts) > 1 else 0.0,
        sd_hu=float(values[inside if inside.any() else box.mask].std()),
    )


def _beyond(own: BoolArray, host: BoolArray, spacing_mm: tuple[float, float, float]) -> BoolArray:
    """The half of a box on the far side of a plateau, seen from the middle of its host; nothing without a host."""
    if not host.any():
        return np.zeros_like(own)
    center = np.argwhere(own).mean(axis=0)
    toward = (np.argwhere(host).mean(axis=0) - center) * np.square(spacing_mm)
    along: FloatArray = np.tensordot(np.moveaxis(np.indices(own.shape), 0, -1) - center, toward, axes=1)
    return along < 0


def _cut_off(scan: _Scan, plateau: Region) -> Cut:
    """The deposit of a plateau, taken from the labels.

    What of the bone is nearer to the plateau than to the cortex or marrow on which it lies, is the deposit. The other
    way, by the waist between the two, tells how sure the place of the cut is.
    """
    box = scan.around(plateau, scan.settings.around_mm)
    labels, spacing = scan.labels[box.slices], scan.spacing_mm
    bone = labels > 0
    far = bone & ~dilate(Mask.from_bool(box.mask), scan.settings.shell_mm, spacing).to_bool()
    cortex = bone & ~box.mask & (scan.volume.values[box.slices] > scan.cortex_hu)
    host = Components.of(Mask.from_bool(far | cortex))
    firm = host.mask(host.share(Mask.from_bool(far)) > 0).to_bool()
    deposit = nearer_part(bone, box.mask, firm, spacing)
    other = part_before_waist(bone, box.mask, far, spacing)
    labels[deposit] = 0
    return Cut(
        region=Region.trimmed(box.start, deposit),
        area_mm2=shared_area_mm2(deposit, labels > 0, spacing),
        disagreement_mm3=float(np.count_nonzero(deposit ^ other) * scan.volume.grid.voxel_mm3),
    )
