"""Lobes and roundness of scanned masses, in thin and thick slices."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from measured_cases import deposit_of, scanned

from calcimeter.ct.settings import ShapeSettings
from calcimeter.ct.shape import measure_shapes
from calcimeter.model.volume import Fractions
from calcimeter.phantom.compounds import Union
from calcimeter.phantom.parts import filled
from calcimeter.phantom.solids import sphere


def shape_of(solid, **scan):
    volume = scanned(filled(solid, 400, 4), **scan)
    return measure_shapes(volume, (deposit_of(volume, solid),), 10.0, ShapeSettings())[0]


@pytest.mark.parametrize("slice_mm", [0.8, 5.0])
def test_a_ball_of_25_mm_has_one_lobe_and_is_solid(slice_mm):
    found = shape_of(sphere((0.4, 0.7, 1.1), 12.5), spacing_mm=(slice_mm, 0.8, 0.8), half_mm=20.0)

    assert found.lobes == 1
    assert found.solidity > 0.97
    assert found.sphericity > 0.95
    assert found.surface_mm2 == pytest.approx(4 * np.pi * 12.5**2, rel=0.05)


@pytest.mark.parametrize("slice_mm", [1.0, 2.5])
def test_a_clover_of_three_has_three_lobes(slice_mm):
    """Three balls around a middle one's place, each neck 0.6 of a ball."""
    angles = np.radians([90, 210, 330])
    leaves = tuple(sphere((9.2 * np.cos(a), 9.2 * np.sin(a), 0.0), 10.0) for a in angles)

    found = shape_of(Union(leaves), spacing_mm=(slice_mm, 0.9, 0.9))

    assert found.lobes == 3
    assert found.solidity < 0.95


def test_pieces_that_do_not_touch_are_lobes_of_their_own():
    assert shape_of(Union((sphere((-10, 0, 0), 6), sphere((10, 0, 0), 5)))).lobes == 2


@pytest.mark.parametrize(("speck_hu", "lobes"), [(150, 1), (400, 2)])
def test_a_speck_of_noise_beside_a_ball_is_no_lobe_of_it(speck_hu, lobes):
    """Noise that passes the search threshold near a deposit; six times the noise, it is a piece of its own."""
    volume = scanned(filled(sphere((0, 0, 0), 10.0), 400, 4), spacing_mm=(1.0, 0.8, 0.8))
    deposit = deposit_of(volume, sphere((0, 0, 0), 10.0))
    a, b, c = (n - 4 for n in deposit.fractions.values.shape)
    fractions = deposit.fractions.values.copy()
    fractions[a : a + 3, b : b + 3, c : c + 3] = 1.0
    deposit = replace(deposit, fractions=Fractions(deposit.fractions.start, fractions))
    values = volume.values.copy()
    speck = tuple(slice(s + n, s + n + 3) for s, n in zip(deposit.fractions.start, (a, b, c), strict=True))
    values[speck] = speck_hu

    (found,) = measure_shapes(replace(volume, values=values), (deposit,), 25.0, ShapeSettings())

    assert found.lobes == lobes
