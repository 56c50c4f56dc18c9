"""Rays through one thing in a slice: how much water and mineral they meet, and what the beam makes of it."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from calcimeter.geometry.rays import Rays, Slice, rays_through, share_behind_metal, slope_along
from calcimeter.model.calibration import Beam

PIXEL_MM = 0.8
SIZE = 260
FLAT = Beam((100.0,), (0.8,), (0.0,))


def disk(center_mm, radius_mm):
    rows, columns = np.mgrid[:SIZE, :SIZE] * PIXEL_MM
    return np.hypot(rows - center_mm[0], columns - center_mm[1]) <= radius_mm


def body(*parts, radius_mm=80.0):
    """A disk of water with disks (center, radius, HU) in it."""
    inside = disk((100, 100), radius_mm)
    hu = np.where(inside, 0.0, -1000.0)
    for center, radius, value in parts:
        hu[disk(center, radius)] = value
    return Slice(hu, inside, (PIXEL_MM, PIXEL_MM))


def through(slice_, center_mm, radius_mm, hu=400.0):
    return rays_through(slice_, np.where(disk(center_mm, radius_mm), hu, 0.0), (0, 0))


def test_rays_through_the_middle_of_a_disk_meet_its_diameter():
    rays = through(body(((100, 100), 6, 400)), (100, 100), 6)

    assert np.average(rays.water_mm, weights=rays.own_hu_mm) == pytest.approx(160, rel=0.03)
    assert not rays.beside_hu_mm.any()


def test_rays_meet_the_mean_chord_of_a_thing_wherever_it_lies():
    """Weighted with itself, the mean chord of a disk is 16/(3 pi) of its radius."""
    for center in ((100, 100), (60, 120), (150, 80)):
        own = through(body((center, 8, 400)), center, 8).own_hu_mm

        assert np.average(own, weights=own) / 400 == pytest.approx(16 / (3 * np.pi) * 8, rel=0.03)


def test_bone_beside_a_thing_is_met_by_the_rays_that_pass_it():
    """From a point it fills 2 arcsin(10/40) / pi of the directions; rays through the thing lie up to 4 mm beside it."""
    rays = through(body(((100, 100), 4, 400), ((100, 140), 10, 1060)), (100, 100), 4)
    met = rays.own_hu_mm[rays.beside_hu_mm > 0].sum() / rays.own_hu_mm.sum()

    assert 2 * np.arcsin(10 / 40) / np.pi <= met <= 2 * np.arcsin(14 / 40) / np.pi
    assert np.average(rays.beside_hu_mm, weights=rays.own_hu_mm) == pytest.approx(
        1000 * np.pi * 10**2 / (np.pi * 40), rel=0.12
    )


def test_what_lies_outside_the_body_counts_if_it_is_no_air():
    slice_ = body(((100, 100), 6, 400), radius_mm=40.0)
    slice_.hu[180:200] = 0.0

    with_table = through(slice_, (100, 100), 6).water_mm
    slice_.hu[180:200] = -900.0

    assert with_table.mean() > through(slice_, (100, 100), 6).water_mm.mean() + 3


@pytest.mark.parametrize("known", [True, False], ids=["known", "told by its HU alone"])
def test_metal_beside_a_thing_is_no_mineral_and_what_lies_behind_it_is_told(known):
    """From a point it fills 2 arcsin(10/40) / pi of the directions, some more by its pixels of 4 mm."""
    slice_ = body(((100, 100), 4, 400), ((100, 140), 10, 30_000))
    if known:
        slice_ = slice_._replace(metal=disk((100, 140), 10))

    rays = through(slice_, (100, 100), 4)

    assert not rays.beside_hu_mm.any()
    assert 2 * np.arcsin(10 / 40) / np.pi <= share_behind_metal([rays]) <= 2 * np.arcsin(18 / 40) / np.pi


def test_a_thing_that_is_as_dense_as_metal_does_not_lie_behind_itself():
    assert share_behind_metal([through(body(((100, 100), 6, 4000)), (100, 100), 6, 4000.0)]) == 0


def test_nothing_has_no_rays_and_no_slope():
    rays = rays_through(body(), np.zeros((5, 5)), (10, 10))

    assert len(rays.own_hu_mm) == 0
    assert slope_along([rays], FLAT) is None


def test_without_hardening_the_slope_is_that_of_the_beam():
    assert slope_along([through(body(), (90, 90), 6)], FLAT) == pytest.approx(0.8)


@given(st.floats(0.01, 0.08), st.floats(0.0, 2.0), st.floats(0.01, 2.0))
def test_a_ray_gives_back_the_mineral_that_made_what_it_shows(rise, beside, own):
    """x g/cm2 show as x / (1 + h x) of what thin mineral would."""
    beam = Beam((100.0,), (0.8,), (rise,))

    def shown_hu_mm(grams):
        return grams / (1 + rise * grams) / 0.8 * 10_000

    alone, both = shown_hu_mm(beside), shown_hu_mm(beside + own)
    rays = Rays(*(np.array([value]) for value in (100.0, alone, both - alone)))

    assert slope_along([rays], beam) * (both - alone) / 10_000 == pytest.approx(own, rel=1e-6)


def test_more_water_on_the_way_means_more_mineral_per_hu():
    beam = Beam((50.0, 200.0), (0.7, 0.9), (0.0, 0.0))
    thin, thick = (slope_along([through(body(radius_mm=r), (100, 100), 5)], beam) for r in (40.0, 80.0))

    assert thin == pytest.approx(0.7 + 0.2 * 30 / 150, rel=0.02)
    assert thick == pytest.approx(0.7 + 0.2 * 110 / 150, rel=0.02)
