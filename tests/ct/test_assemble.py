"""What one measure says of another: a lesion carries no number that its other measures put in doubt."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from ct_cases import TISSUE_HU, study_of, volume_of, with_noise

from builders import build_analysis
from calcimeter.ct.assemble import Measures, assemble, gap_of
from calcimeter.ct.density import measure_densities
from calcimeter.ct.given import take_outlines
from calcimeter.geometry.scale_end import scale_end
from calcimeter.model.anatomy import Dense, Mask
from calcimeter.model.measures import Amount, Estimate, FluidLevel, Pattern
from calcimeter.model.volume import Fractions, Region

LESION = build_analysis().lesions[0]
KNOWN = Amount(Estimate(1000.0, 950.0, 1050.0), 1100.0, Estimate(900.0, 800.0, 1000.0), Estimate(300.0, 250.0, 350.0))


def assembled(deposit=LESION.deposit, gap=0.0, **changed):
    """The lesion of one deposit, by what each step learned of it."""
    axes = replace(LESION.extent.axes, long_axis_mm=Estimate(20.0, 19.0, 21.0), short_axis_mm=Estimate(9.0, 8.0, 10.0))
    known = {
        "extents": replace(LESION.extent, axes=axes),
        "amounts": KNOWN,
        "densities": LESION.density,
        "agatston": None,
        "shapes": replace(LESION.shape, lobes=3),
        "patterns": Pattern("homogeneous"),
        "fluid_levels": FluidLevel("absent"),
        "places": LESION.place,
    } | changed
    (listed, aside) = assemble((deposit,), Measures(**{name: (value,) for name, value in known.items()}), gap=gap)
    return (*listed, *aside)[0]


def test_lesions_that_share_voxels_say_so_and_neighbors_do_not():
    box = np.ones((2, 3, 4), dtype=bool)
    regions = [Region(start, box) for start in ((5, 6, 7), (6, 8, 10), (7, 11, 14))]
    deposits = tuple(replace(LESION.deposit, envelope=region) for region in regions)
    known = [(getattr(LESION, name),) * 3 for name in ("extent", "amount", "density", "agatston", "shape", "pattern")]
    listed, _ = assemble(deposits, Measures(*known, (LESION.fluid_level,) * 3, (LESION.place,) * 3))
    told = {lesion.deposit.envelope.start: "LESIONS_OVERLAP" in lesion.caveats for lesion in listed}
    assert told == {(5, 6, 7): True, (6, 8, 10): True, (7, 11, 14): False}


def test_what_is_not_in_doubt_stays_as_it_was_measured():
    lesion = assembled()

    assert lesion.amount == KNOWN
    assert lesion.shape.lobes == 3
    assert lesion.extent.axes.long_axis_mm.low == 19.0


def test_of_a_lesion_that_the_end_of_the_scale_cuts_no_mass_and_no_bounds_are_given():
    lesion = assembled(densities=replace(LESION.density, clipped_share=0.4))

    assert lesion.amount.mass_mg_ha is None
    assert lesion.amount.volume_mm3 == Estimate(1000.0)
    assert lesion.amount.mineral_volume_mm3 == Estimate(900.0)
    assert lesion.extent.axes.long_axis_mm == Estimate(20.0)
    assert {"HU_RANGE_CLIPPED", "MASS_NOT_AVAILABLE", "INTERVAL_NOT_AVAILABLE"} <= set(lesion.caveats)


def test_a_mass_of_nothing_without_bounds_is_not_known_and_one_with_bounds_is():
    unknown = assembled(amounts=replace(KNOWN, mass_mg_ha=Estimate(0.0)))
    little = assembled(amounts=replace(KNOWN, mass_mg_ha=Estimate(0.0, 0.0, 3.0)))

    assert unknown.amount.mass_mg_ha is None
    assert "MASS_NOT_AVAILABLE" in unknown.caveats
    assert little.amount.mass_mg_ha == Estimate(0.0, 0.0, 3.0)
    assert "MASS_NOT_AVAILABLE" not in little.caveats


def test_an_open_envelope_has_neither_bounds_nor_lobes():
    lesion = assembled(replace(LESION.deposit, caveats=("ENVELOPE_OPEN",)))

    assert lesion.amount.volume_mm3 == Estimate(1000.0)
    assert lesion.amount.mass_mg_ha == KNOWN.mass_mg_ha
    assert lesion.shape.lobes is None
    assert lesion.caveats.count("ENVELOPE_OPEN") == 1
    assert {"INTERVAL_NOT_AVAILABLE", "SHAPE_INCOMPLETE"} <= set(lesion.caveats)


@pytest.mark.parametrize(("fluid_is_held", "is_open"), [(False, True), (True, False)])
def test_a_level_makes_an_envelope_open_that_holds_none_of_its_fluid(fluid_is_held, is_open):
    region = LESION.deposit.envelope
    sediment = np.array(region.mask)
    sediment[: len(sediment) // 2] = False
    dense = Region.trimmed(region.start, sediment) if fluid_is_held else region
    shares = Fractions(region.start, region.mask.astype(np.float32))
    deposit = replace(LESION.deposit, dense=dense, fractions=shares)

    lesion = assembled(deposit, fluid_levels=FluidLevel("present"))

    assert ("ENVELOPE_OPEN" in lesion.caveats) is is_open
    assert (lesion.amount.volume_mm3.low is None) is is_open


@pytest.mark.parametrize(("gap", "has_bounds"), [(0.1, True), (0.9, False)])
def test_between_slices_far_apart_nothing_was_imaged_so_that_no_bounds_are_known(gap, has_bounds):
    thin = replace(KNOWN, caveats=("THINNER_THAN_BLUR",))
    lesion = assembled(amounts=thin, gap=gap)

    assert (lesion.amount.volume_mm3.low is not None) is has_bounds
    assert (lesion.amount.mass_mg_ha.low is not None) is has_bounds
    assert ("THINNER_THAN_BLUR" in lesion.caveats) is has_bounds
    assert ("SLICES_APART" in lesion.caveats) is not has_bounds
    assert lesion.amount.volume_mm3.value == 1000.0


def test_the_gap_is_what_the_slices_leave_of_their_distance():
    study = study_of(volume_of(np.full((5, 8, 8), TISSUE_HU), (10.0, 1.0, 1.0)))

    assert gap_of(study) == 0.0
    assert gap_of(replace(study, thickness_mm=12.0)) == 0.0
    assert gap_of(replace(study, thickness_mm=2.0)) == pytest.approx(0.8)


@pytest.mark.parametrize("pattern", ["sheet", "linear"])
def test_a_sheet_or_line_has_no_lobes(pattern):
    lesion = assembled(patterns=Pattern(pattern))

    assert lesion.shape.lobes is None
    assert "SHAPE_INCOMPLETE" in lesion.caveats


def clipped_at(highest_hu, noise_hu=8.0):
    """A box of 600 HU in tissue on a scale that ends."""
    values = np.full((12, 30, 30), TISSUE_HU)
    values[3:9, 8:20, 8:20] = 600
    noisy = with_noise(values, noise_hu) if noise_hu else values
    return volume_of(np.minimum(noisy, highest_hu))


def test_it_is_told_how_much_of_a_deposit_lies_at_the_end_of_the_scale():
    region = Region.from_indices(np.argwhere(clipped_at(3071, 0.0).values == 600))
    shares = []
    for highest_hu in (400, 3071):
        volume = clipped_at(highest_hu)
        dense = Dense(Mask.from_bool(volume.values > 130), 130.0)
        (density,) = measure_densities(volume, take_outlines(study_of(volume), ((1, region),), dense))
        shares.append(density.clipped_share)

    assert shares == [1.0, 0.0]


def test_a_plateau_without_noise_is_no_end_of_a_scale():
    assert scale_end(clipped_at(3071, 0.0).values) is None
    assert scale_end(clipped_at(400).values) == 400.0
