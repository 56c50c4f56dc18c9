"""Lengths of scanned deposits between voxels, with intervals that hold the truth."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from ct_cases import TISSUE_HU, acquisition, anatomy_of, dense_of, distance_from, limb, study_of, volume_of, with_noise

from calcimeter.ct.extent import measure_extents
from calcimeter.ct.extent.axes import axes_of
from calcimeter.ct.extent.surface import Surface
from calcimeter.ct.given import take_outlines
from calcimeter.ct.outline import outline_deposits
from calcimeter.ct.settings import ExtentSettings
from calcimeter.ct.settings.deposits import OutlineSettings
from calcimeter.geometry.hull import calipers
from calcimeter.model.candidate import Group, Verdict
from calcimeter.model.grid import Grid
from calcimeter.model.lesion import Category
from calcimeter.model.measures import Resolution
from calcimeter.model.volume import Fractions, Region
from calcimeter.phantom import scan
from calcimeter.phantom.parts import filled
from calcimeter.phantom.solids import Ellipsoid

SETTINGS = ExtentSettings()


def scanned(solids, spacing, noise_hu=12.0, hu=500, **changes):
    """Deposits of a scanned limb, measured as if found; their extents and the truth, largest first."""
    parts = tuple(filled(solid, hu, 4) for solid in solids)
    reference = scan(limb(parts, shaft=False), acquisition(spacing, 84.0, noise_hu=noise_hu, **changes))
    volume = reference.volume
    study, dense = study_of(volume), dense_of(volume)
    grid, found = volume.grid, []
    for truth in reference.truth["lesions"]:
        reach = np.array([0.5 * truth["feret_mm"] + 3] * 3)
        corners = grid.to_index(np.array(truth["centroid_mm"]) + np.array([-reach, reach]))
        low, high = (np.clip(c.round().astype(int), 0, grid.shape) for c in (corners[0], corners[1]))
        low, high = np.minimum(low, high), np.maximum(low, high)
        box = tuple(slice(a, b) for a, b in zip(low, high, strict=True))
        found.append(Region.trimmed(tuple(low.tolist()), dense.mask.within(box)))
    verdict = Verdict(Category.SOFT_TISSUE, 0.9, ("made",))
    groups = tuple(Group((region,), verdict) for region in found)
    deposits = outline_deposits(study, groups, dense, anatomy_of(grid.shape), OutlineSettings())
    resolution = Resolution(float(np.hypot(changes.get("blur_fwhm_mm", 1.0), 0.7 * spacing[1])), spacing[0], 0.1, "")
    return measure_extents(volume, deposits, noise_hu, resolution, SETTINGS), reference.truth["lesions"]


@pytest.mark.parametrize("spacing", [(0.7, 0.6, 0.6), (1.5, 0.8, 0.8), (3.0, 0.7, 0.7)])
def test_axes_are_true_to_less_than_a_pixel_and_the_interval_holds_the_truth(spacing):
    solids = (
        Ellipsoid((20.3, 3.2, -20.7), (6.0, 11.0, 12.0)),
        Ellipsoid((-20.3, 3.2, 22.7), (9.0, 5.0, 8.0)),
        Ellipsoid((-18.3, -13.2, -12.1), (4.0, 5.0, 4.5)),
    )
    for extent, truth in zip(*scanned(solids, spacing), strict=True):
        for name in ("long_axis_mm", "short_axis_mm"):
            found = getattr(extent.axes, name)
            assert found.value == pytest.approx(truth[name], abs=spacing[1])
            assert found.low <= truth[name] <= found.high
            assert found.high - found.low < 3 * spacing[1]
        assert extent.left_right_mm == pytest.approx(truth["extent_mm"]["left_right"], abs=spacing[1])
        assert extent.craniocaudal_mm == pytest.approx(truth["extent_mm"]["craniocaudal"], abs=0.5 * spacing[0])
        assert extent.feret_mm == pytest.approx(truth["feret_mm"], abs=max(spacing[1], 0.5 * spacing[0]))


def test_the_same_deposit_has_the_same_axes_on_thin_and_thick_slices():
    """A slice shows its mean; what it takes off a ball's width is given back, to a third of a pixel."""
    ball = (Ellipsoid((5.2, 3.1, 1.3), (9.0, 9.0, 9.0)),)
    (thin,), _ = scanned(ball, (1.0, 0.7, 0.7))
    (thick,), _ = scanned(ball, (5.0, 0.7, 0.7))

    assert thick.axes.long_axis_mm.value == pytest.approx(thin.axes.long_axis_mm.value, abs=0.5)
    spread = [e.axes.long_axis_mm.high - e.axes.long_axis_mm.low for e in (thin, thick)]
    assert spread[1] > spread[0]


@pytest.mark.parametrize("seed", [0, 3, 10, 11])
def test_no_width_is_larger_than_the_long_axis_and_that_no_larger_than_the_longest_diameter(seed):
    """Of balls in thick slices, for what slices take off is given back to each length by itself."""
    place = np.random.default_rng(seed).uniform(-20, 20, 3)
    (extent,), _ = scanned((Ellipsoid(tuple(place), (7.5, 7.5, 7.5)),), (2.0, 1.0, 1.0))
    long, short = extent.axes.long_axis_mm, extent.axes.short_axis_mm

    assert short.low <= short.value <= long.value <= extent.feret_mm
    assert short.value <= short.high


def _axes(sections_mm, slice_mm=2.0, edge_sd_mm=0.1):
    """Axes of sections given in mm, (n, 2) each, in slices 0, 1, ..."""
    grid = Grid((len(sections_mm), 200, 200), np.diag([1.0, 1.0, slice_mm, 1.0])[:, [2, 1, 0, 3]])
    sections = dict(enumerate(sections_mm))
    surface = Surface(np.zeros((1, 3)), sections, edge_sd_mm)
    return axes_of(grid, surface, Resolution(1.0, slice_mm, 0.1, ""), SETTINGS, cut=False)


def _ellipse(long_mm, short_mm, turned_deg=0.0):
    """Points around an ellipse."""
    t = np.linspace(0, 2 * np.pi, 120, endpoint=False)
    points = np.column_stack([long_mm / 2 * np.cos(t), short_mm / 2 * np.sin(t)])
    c, s = np.cos(np.deg2rad(turned_deg)), np.sin(np.deg2rad(turned_deg))
    return points @ np.array([[c, s], [-s, c]]) + 100.0


def _rod(long_mm, wide_mm, rough_mm, seed):
    """Points around a rod with round ends, each off by some noise."""
    t = np.linspace(0, 2 * np.pi, 240, endpoint=False)
    way = np.column_stack([np.cos(t), np.sin(t)])
    off = wide_mm / 2 + np.random.default_rng(seed).normal(0, rough_mm, t.size)
    return way * off[:, None] + np.sign(way[:, :1]) * [(long_mm - wide_mm) / 2, 0.0] + 100.0


def test_a_rough_edge_turns_the_long_axis_but_hardly_changes_the_width_across_it():
    """The two farthest of many noisy points lie askew by degrees, and then the width across them is too large."""
    sections = [_rod(50, 20, rough_mm=0.15, seed=seed) for seed in range(20)]
    beside = [0.999 * (section - 100) + 100 for section in sections]
    widths = [_axes([b, a, b]).short_axis_mm.value for a, b in zip(sections, beside, strict=True)]
    of_farthest = np.array([calipers(section).short for section in sections])

    # Noise makes a hull wider at either end by two or three standard deviations.
    assert np.mean(widths) == pytest.approx(20 + 2 * 2.5 * 0.15, abs=0.3)
    assert np.std(widths) < 0.5 * np.std(of_farthest)


def test_a_width_between_two_slices_is_that_where_the_length_has_its_summit():
    """Lengths fall as a parabola from 0.4 slices past the middle one; widths rise from slice to slice by 4 mm."""
    lengths = [50 - 0.5 * (k - 1.4) ** 2 for k in range(3)]
    short = _axes([_ellipse(length, 20 + 4 * k) for k, length in enumerate(lengths)]).short_axis_mm

    assert short.value == pytest.approx(20 + 4 * 1.4, abs=0.3)


def test_of_two_axes_alike_in_two_slices_the_interval_of_the_width_holds_both():
    first, second = _ellipse(50.0, 20.0), _ellipse(49.9, 30.0, turned_deg=60.0)
    beside = _ellipse(49.0, 20.0)
    short = _axes([beside, first, beside, second]).short_axis_mm

    assert short.value == pytest.approx(20.0, abs=0.5)
    assert short.low <= 20.0
    assert short.high >= 30.0


def test_noise_and_blur_widen_the_interval():
    ball = (Ellipsoid((5.2, 3.1, 1.3), (8.0, 8.0, 8.0)),)
    widths = []
    for noise_hu, blur in ((8.0, 0.8), (30.0, 0.8), (30.0, 1.6)):
        (extent,), _ = scanned(ball, (1.0, 0.7, 0.7), noise_hu, blur_fwhm_mm=blur)
        widths.append(extent.axes.long_axis_mm.high - extent.axes.long_axis_mm.low)
    assert widths == sorted(widths)
    assert widths[2] > 1.2 * widths[0]


def crisp_ball(radius=6.0, hu=400):
    """A ball without blur in a little noise, its deposit with its own shares of voxels."""
    shape = (24, 30, 30)
    away = distance_from((12, 15, 15), shape, (1.0, 1.0, 1.0))
    share = np.clip(radius + 0.5 - away, 0, 1)
    volume = volume_of(with_noise(TISSUE_HU + share * hu, 3.0))
    (deposit,) = take_outlines(
        study_of(volume), ((1, Region.from_indices(np.argwhere(share >= 0.5))),), dense_of(volume)
    )
    return volume, replace(deposit, fractions=Fractions((0, 0, 0), share.astype(np.float32)), caveats=())


def extent_of(volume, deposit):
    return measure_extents(volume, (deposit,), 3.0, Resolution(1.0, 1.0, 0.1, ""), SETTINGS)[0]


def test_an_outline_as_drawn_and_what_the_border_cuts_have_no_interval():
    volume, deposit = crisp_ball()

    found = extent_of(volume, deposit).axes
    drawn = extent_of(volume, replace(deposit, fractions=None)).axes
    cut = extent_of(volume, replace(deposit, caveats=("TOUCHES_BORDER",))).axes

    assert found.long_axis_mm.low is not None
    assert drawn.long_axis_mm.low is drawn.short_axis_mm.high is None
    assert cut.long_axis_mm.low is cut.short_axis_mm.high is None
    assert cut.long_axis_mm.value == found.long_axis_mm.value


def test_the_ends_of_the_axes_lie_as_far_apart_as_the_axes_are_long():
    axes = extent_of(*crisp_ball()).axes

    assert np.linalg.norm(np.ptp(axes.long_ends_mm, axis=0)) == pytest.approx(axes.long_axis_mm.value)
    assert np.linalg.norm(np.ptp(axes.short_ends_mm, axis=0)) == pytest.approx(axes.short_axis_mm.value)


def test_a_speck_of_noise_beside_a_deposit_is_not_part_of_its_length():
    volume, deposit = crisp_ball()
    values, share = np.array(volume.values), np.array(deposit.fractions.values)
    values[12, 15, 26], share[12, 15, 26] = 300, 0.9
    speck = Region.from_indices(np.argwhere(share >= 0.5))
    noisy = volume_of(values)

    with_speck = replace(deposit, dense=speck, envelope=speck, fractions=Fractions((0, 0, 0), share))

    assert extent_of(noisy, with_speck).axes.long_axis_mm.value == pytest.approx(12.0, abs=0.5)


@pytest.mark.parametrize("rim_hu", [100, 130, 200])
def test_a_loose_rim_counts_however_dense_its_core_is(rim_hu):
    """The envelope holds it, and so do the lengths; a core of 6 mm with 900 HU lies in a ball of 18 mm."""
    volume, deposit = crisp_ball(radius=9.0, hu=rim_hu)
    away = distance_from((12, 15, 15), volume.grid.shape, (1.0, 1.0, 1.0))
    dense = volume_of(np.where(away < 3, 900, volume.values))

    extent = extent_of(dense, replace(deposit, dense=deposit.envelope))

    assert extent.axes.long_axis_mm.value == pytest.approx(18.0, abs=0.7)
    assert extent.axes.short_axis_mm.value == pytest.approx(18.0, abs=0.7)
    assert extent.axes.long_axis_mm.low <= 18.0 <= extent.axes.long_axis_mm.high
    assert extent.craniocaudal_mm == pytest.approx(18.0, abs=1.0)


@pytest.mark.parametrize(("radius_mm", "counts"), [(1.5, False), (4.0, True)])
def test_a_faint_part_by_itself_counts_where_it_is_too_large_for_noise(radius_mm, counts):
    """Beside a core with ten times its density: 14 voxels may be noise, 250 of a blur of 1 mm are none."""
    shape = (24, 30, 40)
    near, far = (distance_from((12, 15, x), shape, (1.0, 1.0, 1.0)) for x in (9, 30))
    share = np.maximum(np.clip(5.5 - near, 0, 1), np.clip(radius_mm + 0.5 - far, 0, 1))
    values = with_noise(TISSUE_HU + np.where(near < far, 1000, 100) * share, 3.0)
    region = Region.from_indices(np.argwhere(share >= 0.5))
    volume = volume_of(values)
    (deposit,) = take_outlines(study_of(volume), ((1, region),), dense_of(volume))
    found = replace(deposit, dense=region, fractions=Fractions((0, 0, 0), share.astype(np.float32)), caveats=())

    long_mm = extent_of(volume, found).axes.long_axis_mm.value

    assert long_mm == pytest.approx(30.0 if counts else 10.0, abs=1.0)


def test_fluid_that_the_envelope_holds_counts_though_it_is_faint():
    """Half of a ball is fluid: filled voxels count as the envelope has them."""
    volume, deposit = crisp_ball()
    values, share = np.array(volume.values), np.array(deposit.fractions.values)
    values[:, :15] = np.where(share[:, :15] > 0, TISSUE_HU + 5, values[:, :15])
    fluid = volume_of(values)
    whole = np.where(share >= 0.5, 1, 0).astype(np.float32)
    dense = Region.from_indices(np.argwhere((whole > 0) & (values > 130)))

    extent = extent_of(fluid, replace(deposit, dense=dense, fractions=Fractions((0, 0, 0), whole)))

    assert extent.anteroposterior_mm == pytest.approx(12.0, abs=1.0)
