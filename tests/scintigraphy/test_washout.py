"""Counts retained at a known place: told together with washout, background and what is left of a move."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from calcimeter.geometry.planar import gaussian_kernel, shifted
from calcimeter.phantom.neck import Camera, Source, neck_of
from calcimeter.phantom.neck.camera import image_of, position_px, sum_of
from calcimeter.scintigraphy.focus import retained
from calcimeter.scintigraphy.lobes import find_lobes
from calcimeter.scintigraphy.settings import ScintigraphySettings, WashoutSettings
from calcimeter.scintigraphy.washout import Washout, wash_out

CAMERA = Camera(shift_mm=(0.0, 0.0), sensitivity=0.5)
FORM = gaussian_kernel(11.0 / 2.3548 / CAMERA.pixel_mm)


def washout_of(name: str, seed: int, *, apart_px: float = 0.0) -> Washout:
    chance = np.random.default_rng(seed)
    neck = neck_of(name)
    early, delayed = (
        chance.poisson(sum_of(neck.sources, CAMERA, delayed=late)).astype(np.float64) for late in (False, True)
    )
    lobes = find_lobes(early, CAMERA.pixel_mm, ScintigraphySettings().lobes)
    moved = shifted(early, (apart_px, 0.0))
    return wash_out(moved, delayed, lobes, np.zeros(early.shape, np.bool_), CAMERA.pixel_mm, WashoutSettings())


def z_at(washout: Washout, place: tuple[float, float]) -> float:
    filtered, spread, _ = retained(washout, FORM)
    return float((filtered / np.sqrt(spread))[round(place[0]), round(place[1])])


def test_without_a_gland_what_is_retained_is_noise_of_the_strength_that_is_said():
    neck = neck_of("scintigraphy-negative")
    places = [
        position_px(CAMERA, (lobe.center_mm[0], lobe.center_mm[1]), delayed=True) for lobe in (neck.right, neck.left)
    ]
    scores = [z_at(washout, place) for washout in (washout_of(neck.name, k) for k in range(30)) for place in places]

    # 60 values: the mean is uncertain by 0.13, the deviation by a tenth; two places of one image are not independent.
    assert abs(np.mean(scores)) < 0.6
    assert np.std(scores) == pytest.approx(1.0, abs=0.35)


def test_the_share_that_lobes_keep_does_not_depend_on_noise_in_the_early_image():
    kept = np.mean([washout_of("scintigraphy-negative", k).by_lobe for k in range(10)], axis=0)
    decayed = 0.45 * 0.5 ** (100 / 360.4)  # the phantom's lobes keep 0.45 of their tracer; 100 minutes of decay

    assert kept == pytest.approx([decayed, decayed], abs=0.015)


def test_a_small_move_that_is_left_is_told_and_not_called_retained():
    neck = neck_of("scintigraphy-negative")
    pole = replace(neck.right, center_mm=(neck.right.center_mm[0], neck.right.center_mm[1] - 20.0, 0.0))
    place = position_px(CAMERA, pole.center_mm[:2], delayed=True)
    still = np.mean([z_at(washout_of(neck.name, k), place) for k in range(8)])
    moved = np.mean([z_at(washout_of(neck.name, k, apart_px=-0.3), place) for k in range(8)])

    # A shift of 0.7 mm makes a rim; what the fit takes for a move is not left at the pole.
    assert abs(moved - still) < 1.0


def told_at_a_pole(settings: WashoutSettings) -> float:
    neck = neck_of("scintigraphy-negative")
    images = [sum_of(neck.sources, CAMERA, delayed=late) for late in (False, True)]
    lobes = find_lobes(images[0], CAMERA.pixel_mm, ScintigraphySettings().lobes)
    nothing = np.zeros(images[0].shape, np.bool_)
    washout = wash_out(images[0], images[1], lobes, nothing, CAMERA.pixel_mm, settings)
    place = position_px(CAMERA, (neck.right.center_mm[0], neck.right.center_mm[1] + 20.0), delayed=True)
    return float(retained(washout, FORM)[1][round(place[0]), round(place[1])])


def test_the_outlines_of_the_neck_add_to_what_is_told_at_a_pole():
    wide = WashoutSettings()
    near = replace(wide, reach_mm=wide.ring_mm[1])
    # Move and turn are told better with the outlines; a matched filter says at most what it says without any of both.
    assert told_at_a_pole(wide) > told_at_a_pole(near) > 0


def test_under_a_gland_s_own_form_its_counts_are_told_as_they_are():
    neck = neck_of("scintigraphy-negative")
    middle = neck.right.center_mm
    gland = Source((middle[0], middle[1] + 14.0, 38.0), (5.0, 8.0, 5.0), 10.0, 0.9)
    early, delayed = (sum_of((*neck.sources, gland), CAMERA, delayed=late) for late in (False, True))
    lobes = find_lobes(early, CAMERA.pixel_mm, ScintigraphySettings().lobes)
    nothing = np.zeros(early.shape, np.bool_)
    washout = wash_out(early, delayed, lobes, nothing, CAMERA.pixel_mm, WashoutSettings())
    form = image_of(replace(gland, center_mm=(0.0, 0.0, 38.0)), replace(CAMERA, pixels=21), delayed=False)
    filtered, spread, _ = retained(washout, form / form.sum())
    row, column = position_px(CAMERA, gland.center_mm[:2], delayed=True)
    kept = neck.right.kept * 0.5 ** (100 / 360.4)
    truth = image_of(gland, CAMERA, delayed=True).sum() - kept * image_of(gland, CAMERA, delayed=False).sum()

    # Without noise; the place is rounded to pixels, and edges are told from smoothed images.
    assert (filtered / spread)[round(row), round(column)] == pytest.approx(truth, rel=0.15)


def test_what_lies_beside_the_outlines_of_the_neck_has_no_part_in_the_washout():
    neck = neck_of("scintigraphy-negative")
    images = [sum_of(neck.sources, CAMERA, delayed=late) for late in (False, True)]
    lobes = find_lobes(images[0], CAMERA.pixel_mm, ScintigraphySettings().lobes)
    nothing = np.zeros(images[0].shape, np.bool_)
    last = max(np.nonzero(lobe.mask.any(axis=0))[0].max() for _, lobe in lobes)
    settings = WashoutSettings()
    far = int(last + (settings.reach_mm + 4 * settings.variance_mm) / CAMERA.pixel_mm) + 2
    other = images[1].copy()
    other[:, far:] += 5.0
    kept = [wash_out(images[0], one, lobes, nothing, CAMERA.pixel_mm, settings).by_lobe for one in (images[1], other)]

    assert far < other.shape[1]
    assert kept[0] == pytest.approx(kept[1], abs=1e-3)


def test_what_moves_below_the_neck_has_no_part_in_the_washout():
    neck = neck_of("scintigraphy-negative")
    images = [sum_of(neck.sources, CAMERA, delayed=late) for late in (False, True)]
    lobes = find_lobes(images[0], CAMERA.pixel_mm, ScintigraphySettings().lobes)
    nothing = np.zeros(images[0].shape, np.bool_)
    last = max(np.nonzero(lobe.mask.any(axis=1))[0].max() for _, lobe in lobes)
    # Counts are smoothed by up to four standard deviations before their expectation is told.
    settings = WashoutSettings()
    far = int(last + (settings.below_mm + 4 * settings.variance_mm) / CAMERA.pixel_mm) + 2
    other = images[1].copy()
    other[far:] *= 3.0
    kept = [wash_out(images[0], one, lobes, nothing, CAMERA.pixel_mm, settings).by_lobe for one in (images[1], other)]

    assert kept[0] == pytest.approx(kept[1], abs=1e-3)
