"""How large each deposit is: deposits -> extents.

surface.py  where it ends, between voxels
axes.py     long and short axis in one slice
"""

from __future__ import annotations

from calcimeter.ct.extent.axes import axes_of
from calcimeter.ct.extent.surface import surface_of
from calcimeter.ct.settings import ExtentSettings
from calcimeter.geometry.hull import calipers, hull_points, longest_between, region_box
from calcimeter.model.grid import FloatArray
from calcimeter.model.lesion import Deposit
from calcimeter.model.measures import Extent, Point, Resolution
from calcimeter.model.volume import Volume


def measure_extents(
    volume: Volume,
    deposits: tuple[Deposit, ...],
    noise_hu: float,
    resolution: Resolution,
    settings: ExtentSettings,
) -> tuple[Extent, ...]:
    """Axes and projected sizes, in the order of the deposits.

    Of a deposit that was found, lengths run between the places where it passes half of its own level in the image,
    which lie between voxels; the axes have 95 % intervals. Of an outline as drawn and of what is set aside they run
    from voxel edge to voxel edge, so that a single voxel has its own size, and there is no interval: how well it was
    drawn is not known. What the border cuts has none either.

    *Fails*: a part by itself, fainter than a quarter of the deposit's level and smaller than a cube of three blurs, is
    not seen beside it unless the envelope encloses it; of an axis that several directions have almost alike, the short
    one may be that of any of them.
    """
    return tuple(_extent(volume, deposit, noise_hu, resolution, settings) for deposit in deposits)


def _extent(
    volume: Volume, deposit: Deposit, noise_hu: float, resolution: Resolution, settings: ExtentSettings
) -> Extent:
    """One deposit."""
    grid = volume.grid
    surface = surface_of(volume, deposit, noise_hu, resolution, settings)
    points_mm = hull_points(grid.to_patient(surface.points))
    size = points_mm.max(axis=0) - points_mm.min(axis=0)
    box_mm = region_box(deposit.envelope, grid)
    coronal, sagittal = calipers(points_mm[:, [0, 2]]), calipers(points_mm[:, [1, 2]])
    axes = axes_of(grid, surface, resolution, settings, cut="TOUCHES_BORDER" in deposit.caveats)
    # What slices take off it was given back to the long axis alone, and it is a distance of two points as well.
    feret_mm = max(longest_between(points_mm)[0], axes.long_axis_mm.value)
    return Extent(
        centroid_mm=_point(grid.to_patient(deposit.envelope.centroid())),
        bounding_box_mm=(_point(box_mm[0]), _point(box_mm[1])),
        axes=axes,
        feret_mm=feret_mm,
        left_right_mm=float(size[0]),
        anteroposterior_mm=float(size[1]),
        craniocaudal_mm=float(size[2]),
        projected_coronal_mm=(coronal.long, coronal.short),
        projected_sagittal_mm=(sagittal.long, sagittal.short),
    )


def _point(values: FloatArray) -> Point:
    return (float(values[0]), float(values[1]), float(values[2]))
