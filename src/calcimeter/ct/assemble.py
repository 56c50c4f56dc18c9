"""Lesions from what the measuring steps learned: one record each, numbered."""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

import numpy as np

from calcimeter.model.lesion import LISTED_ONLY_WITH_ALL, Category, Deposit, Lesion, Place
from calcimeter.model.measures import Amount, Density, Estimate, Extent, FluidLevel, Pattern, Shape
from calcimeter.model.study import CTStudy

CLIPPED_SHARE = 0.01
"""More of its dense voxels at the end of the scale move its mass by more than other errors do."""
FLUID_SHARE = 0.05
"""Fluid over sediment is more of a chamber than this; what is filled of an envelope without any is pits of noise."""
MOST_GAP = 0.2
"""A larger share of the scan between slices is not covered by what neighbors tell of it."""
NOT_COMPACT = frozenset({"sheet", "linear"})
"""Patterns of which a neck sets nothing apart."""
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


def gap_of(study: CTStudy) -> float:
    """The share of a scan that its slices leave out, by their thickness; 0 where that is not known."""
    return 0.0 if not study.thickness_mm else max(0.0, 1 - study.thickness_mm / study.volume.grid.spacing_mm[0])


def assemble(
    deposits: tuple[Deposit, ...], measures: Measures, *, gap: float = 0.0
) -> tuple[tuple[Lesion, ...], tuple[Lesion, ...]]:
    """Lesions, and what is set aside as bone, metal, contrast or outside.

    Numbered through, soft tissue first, each category by volume; the first tuple takes the lower numbers.

    Parameters
    ----------
    gap : float
        Share of the scan that lies between its slices: of what was not imaged no bounds are given.
    """
    order = list(Category)
    if gap > MOST_GAP:
        measures = measures._replace(amounts=tuple(_with_gaps(amount) for amount in measures.amounts))
    shared = _overlapping(deposits)
    lesions = [
        Lesion(
            id=0,
            deposit=deposit,
            extent=_extent(measures, k),
            amount=_amount(deposit, measures, k),
            density=measures.densities[k],
            agatston=measures.agatston[k],
            shape=_shape(deposit, measures, k),
            pattern=measures.patterns[k],
            fluid_level=measures.fluid_levels[k],
            place=measures.places[k],
            caveats=(*_caveats(deposit, measures, k), *(("LESIONS_OVERLAP",) if k in shared else ())),
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


def _with_gaps(amount: Amount) -> Amount:
    """The amount without bounds: what lies between slices may be more or less than what they show.

    Nor is a deposit thin for lying in few of them.
    """
    codes = [code for code in amount.caveats if code not in ("THINNER_THAN_BLUR", "INTERVAL_NOT_AVAILABLE")]
    mineral, mass = (
        estimate and Estimate(estimate.value) for estimate in (amount.mineral_volume_mm3, amount.mass_mg_ha)
    )
    return replace(
        amount,
        volume_mm3=Estimate(amount.volume_mm3.value),
        mineral_volume_mm3=mineral,
        mass_mg_ha=mass,
        caveats=(*codes, "INTERVAL_NOT_AVAILABLE", "SLICES_APART"),
    )


def _amount(deposit: Deposit, measures: Measures, k: int) -> Amount:
    """The amount without what is not known: of a clipped density mass and bounds, of an open envelope the bounds.

    A mass of nothing without bounds is what metal left of it, not what it is.
    """
    amount = measures.amounts[k]
    clipped = _is_clipped(measures, k)
    mass, codes = amount.mass_mg_ha, list(amount.caveats)
    if mass is not None and (clipped or (mass.value == 0 and mass.low is None)):
        mass = None
        codes.append("MASS_NOT_AVAILABLE")
    if not clipped and not _is_open(deposit, measures, k):
        return replace(amount, mass_mg_ha=mass, caveats=tuple(codes))
    if amount.volume_mm3.low is not None:
        codes.append("INTERVAL_NOT_AVAILABLE")
    mineral = amount.mineral_volume_mm3
    return replace(
        amount,
        volume_mm3=Estimate(amount.volume_mm3.value),
        mineral_volume_mm3=mineral and Estimate(mineral.value),
        mass_mg_ha=mass,
        caveats=tuple(codes),
    )


def _extent(measures: Measures, k: int) -> Extent:
    """The extent; its axes without bounds where density is clipped, for edges at half of it lie too far out."""
    extent = measures.extents[k]
    if not _is_clipped(measures, k):
        return extent
    axes = extent.axes
    long, short = Estimate(axes.long_axis_mm.value), Estimate(axes.short_axis_mm.value)
    return replace(extent, axes=replace(axes, long_axis_mm=long, short_axis_mm=short))


def _shape(deposit: Deposit, measures: Measures, k: int) -> Shape:
    """The shape without lobes, of what is no compact body: a sheet, a line, an open wall."""
    shape = measures.shapes[k]
    if measures.patterns[k].name in NOT_COMPACT or _is_open(deposit, measures, k):
        return replace(shape, lobes=None)
    return shape


def _is_clipped(measures: Measures, k: int) -> bool:
    """Whether the scale ends within the deposit, by more than a speck."""
    return measures.densities[k].clipped_share > CLIPPED_SHARE


def _is_open(deposit: Deposit, measures: Measures, k: int) -> bool:
    """Whether the envelope leaves out what may belong to it: it is open, or holds none of the fluid of its levels."""
    if "ENVELOPE_OPEN" in deposit.caveats:
        return True
    if deposit.dense is None or deposit.fractions is None or measures.fluid_levels[k].state != "present":
        return False
    held = deposit.envelope.voxels - deposit.envelope.overlap(deposit.dense)
    return held < FLUID_SHARE * deposit.envelope.voxels


def _overlapping(deposits: tuple[Deposit, ...]) -> frozenset[int]:
    """Which of the deposits that are listed share voxels with another of them."""
    listed = [k for k, deposit in enumerate(deposits) if deposit.category not in LISTED_ONLY_WITH_ALL]
    regions = {k: deposits[k].envelope for k in listed}
    starts = np.array([regions[k].start for k in listed]).reshape(-1, 3)
    stops = np.array([regions[k].stop for k in listed]).reshape(-1, 3)
    shared: set[int] = set()
    for place, k in enumerate(listed):
        near = np.flatnonzero(((starts < stops[place]) & (stops > starts[place])).all(axis=1))
        shared.update(k for other in near if listed[other] != k and regions[k].overlap(regions[listed[other]]))
    return frozenset(shared)


def _caveats(deposit: Deposit, measures: Measures, k: int) -> tuple[str, ...]:
    """Caveats of the deposit and those that only its measures show."""
    place, shape = measures.places[k], _shape(deposit, measures, k)
    codes = list(dict.fromkeys([*deposit.caveats, *_amount(deposit, measures, k).caveats]))
    if _is_clipped(measures, k):
        codes.append("HU_RANGE_CLIPPED")
    if _is_open(deposit, measures, k) and "ENVELOPE_OPEN" not in codes:
        codes.append("ENVELOPE_OPEN")
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
