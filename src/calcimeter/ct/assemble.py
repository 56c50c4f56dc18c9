"""Lesions from what the measuring steps learned: one record each, numbered."""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

from calcimeter.model.lesion import LISTED_ONLY_WITH_ALL, Category, Deposit, Lesion, Place
from calcimeter.model.measures import Amount, Density, Extent, FluidLevel, Pattern, Shape

SMALL_VOXELS = 27
"""Under a cube of three voxels every voxel lies at the edge."""


class Measures(NamedTuple):
    """What each measuring step learned, in the order of the deposits."""

    extents: tuple[Extent, ...]
    amounts: tuple[Amount, ...]
    densities: tuple[Density, ...]
    agatston: tuple[float | None, ...]
    shapes: tuple[Shape, ...]
    patterns: tuple[Pattern, ...]
    fluid_levels: tuple[FluidLevel, ...]
    places: tuple[Place, ...]


def assemble(deposits: tuple[Deposit, ...], measures: Measures) -> tuple[tuple[Lesion, ...], tuple[Lesion, ...]]:
    """Lesions, and what is set aside as bone, metal, contrast or outside.

    Numbered through, soft tissue first, each category by volume; the first tuple takes the lower numbers.
    """
    order = list(Category)
    lesions = [
        Lesion(
            id=0,
            deposit=deposit,
            extent=measures.extents[k],
            amount=measures.amounts[k],
            density=measures.densities[k],
            agatston=measures.agatston[k],
            shape=measures.shapes[k],
            pattern=measures.patterns[k],
            fluid_level=measures.fluid_levels[k],
            place=measures.places[k],
            caveats=_caveats(deposit, measures, k),
        )
        for k, deposit in enumerate(deposits)
    ]
    lesions.sort(
        key=lambda lesion: (
            lesion.category in LISTED_ONLY_WITH_ALL,
            order.index(lesion.category),
            -lesion.amount.volume_mm3.value,
            lesion.extent.centroid_mm,
        )
    )
    numbered = tuple(replace(lesion, id=k + 1) for k, lesion in enumerate(lesions))
    aside = tuple(lesion for lesion in numbered if lesion.category in LISTED_ONLY_WITH_ALL)
    return numbered[: len(numbered) - len(aside)], aside


def _caveats(deposit: Deposit, measures: Measures, k: int) -> tuple[str, ...]:
    """Caveats of the deposit and those that only its measures show."""
    place, shape = measures.places[k], measures.shapes[k]
    codes = [*deposit.caveats, *measures.amounts[k].caveats]
    if deposit.envelope.voxels < SMALL_VOXELS:
        codes.append("LESION_SMALL")
    if place.contact_mm2:
        codes.append("LESION_TOUCHES_BONE")
    if None in (place.bone, place.side, place.direction, place.joint, place.compartment, place.site):
        codes.append("PLACE_INCOMPLETE")
    if shape.lobes is None or measures.patterns[k].name is None:
        codes.append("SHAPE_INCOMPLETE")
    if measures.fluid_levels[k].state == "indeterminate":
        codes.append("FLUID_LEVEL_INDETERMINATE")
    return tuple(codes)
