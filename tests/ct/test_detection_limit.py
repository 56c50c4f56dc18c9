"""The detection limit holds: spheres of its size are found, whatever the scan's blur and however thick its slices."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from ct_cases import acquisition, anatomy_of, limb, study_of
from scipy import ndimage

from calcimeter.ct.candidates import find_candidates
from calcimeter.ct.classify import classify
from calcimeter.ct.dense import find_dense
from calcimeter.ct.noise import measure_noise
from calcimeter.ct.resolution import measure_resolution
from calcimeter.ct.search import describe_search
from calcimeter.ct.settings import Settings
from calcimeter.phantom.acquire import expose
from calcimeter.phantom.parts import filled
from calcimeter.phantom.solids import sphere

NEAR_MM = 4.0
SETTINGS = Settings()


def scanned(diameter_mm=None, **changes):
    """A limb with 24 spheres of 300 HU, or none, each at a place of its own within a voxel."""
    random = np.random.default_rng(5)
    places = [(x, y, z) for x in (-30, 0, 30) for y in (-30, 30) for z in (-27, -9, 9, 27)]
    centers = np.array(places) + random.uniform(-1, 1, (len(places), 3))
    parts = () if diameter_mm is None else tuple(filled(sphere(tuple(c), diameter_mm / 2), 300, 8) for c in centers)
    acquired = acquisition((2.0, 0.9, 0.9), 80.0, **changes)
    volume = expose(limb(parts, shaft=False), acquired)
    body = ndimage.binary_fill_holes(ndimage.binary_opening(volume.values > -400))
    anatomy = anatomy_of(volume.grid.shape, body=body)
    anatomy = replace(anatomy, noise_hu=measure_noise(volume, anatomy.body))
    dense = find_dense(volume, anatomy.body, anatomy.noise_hu, SETTINGS.dense)
    return replace(study_of(volume), thickness_mm=acquired.slice_thickness_mm), anatomy, dense, centers


def listed(study, anatomy, dense):
    """The candidates that are not passed over as noise."""
    candidates = find_candidates(study.volume, dense, anatomy, SETTINGS.candidates)
    judged = classify(study.volume, candidates, anatomy, SETTINGS.classify)
    return [one for one in judged if one.verdict is not None]


def limit_mm3(study, anatomy, dense):
    resolution = measure_resolution(study.volume, anatomy.body, SETTINGS.resolution)
    return describe_search(study, dense, anatomy, resolution, SETTINGS).detection_limit_mm3


@pytest.mark.parametrize(
    "changes",
    [{}, {"blur_fwhm_mm": 2.2}, {"thickness_mm": 6.0, "noise_hu": 8.0}, {"thickness_mm": 10.0, "noise_hu": 8.0}],
    ids=["as a body kernel", "blurred", "slices three times as thick as they lie apart", "five times"],
)
def test_spheres_at_the_limit_are_found(changes):
    """21 of 24: with 95 % to be found, fewer are met in one of a hundred scans."""
    smallest_mm3 = limit_mm3(*scanned(**changes)[:3])
    study, anatomy, dense, centers = scanned((smallest_mm3 * 6 / np.pi) ** (1 / 3), **changes)

    found = listed(study, anatomy, dense)

    seen_mm = study.volume.grid.to_patient(np.array([one.region.centroid() for one in found]).reshape(-1, 3))
    away_mm = np.linalg.norm(centers[:, None] - seen_mm[None], axis=2).min(axis=1, initial=np.inf)
    assert (away_mm < NEAR_MM).sum() >= 21


def test_spheres_of_half_the_limit_are_mostly_missed_in_thick_slices():
    """So that the limit is no larger than it must be."""
    thick = {"thickness_mm": 10.0, "noise_hu": 8.0}
    smallest_mm3 = limit_mm3(*scanned(**thick)[:3])
    study, anatomy, dense, _ = scanned((smallest_mm3 / 2 * 6 / np.pi) ** (1 / 3), **thick)

    assert len(listed(study, anatomy, dense)) < 12


def test_slices_that_are_thinner_than_they_lie_apart_leave_the_limit():
    study, anatomy, dense, _ = scanned()

    assert limit_mm3(replace(study, thickness_mm=1.0), anatomy, dense) == limit_mm3(study, anatomy, dense)


def test_a_limit_where_no_thickness_is_told_is_that_of_slices_as_thick_as_they_lie_apart():
    study, anatomy, dense, _ = scanned()

    assert limit_mm3(replace(study, thickness_mm=None), anatomy, dense) == limit_mm3(study, anatomy, dense)
