"""The correction for the area searched, against noise that was searched."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from calcimeter.geometry.planar import correlated, gaussian_kernel, shifted, without_polynomials
from calcimeter.scintigraphy.significance import corrected_score, expected_maxima, poisson_score, roughness

KERNEL = gaussian_kernel(2.0)


def test_maxima_of_noise_are_as_rare_as_is_said():
    chance = np.random.default_rng(5)
    zone = np.zeros((96, 96), np.bool_)
    zone[16:80, 16:80] = True
    scale = math.sqrt(float((KERNEL**2).sum()))
    tops = [float((correlated(chance.normal(size=(96, 96)), KERNEL) / scale)[zone].max()) for _ in range(300)]
    for z in (3.5, 4.0):
        expected = 1 - math.exp(-expected_maxima(z, zone, roughness(KERNEL)))
        met = sum(top > z for top in tops) / len(tops)
        assert met == pytest.approx(expected, abs=3 * math.sqrt(expected / len(tops)) + 0.02)


@given(st.floats(1.5, 60.0), st.integers(4, 60))
@settings(deadline=None, max_examples=40, derandomize=True)
def test_what_was_searched_for_is_less_significant_than_what_was_known(z, side):
    zone = np.ones((side, side), np.bool_)
    score = corrected_score(z, [(zone, roughness(KERNEL))])

    assert math.isfinite(score)
    assert score <= z + 1e-9
    assert corrected_score(z + 1, [(zone, roughness(KERNEL))]) > score


def test_few_counts_are_judged_by_their_own_chances():
    from scipy.stats import norm, poisson

    mean, seen = 20.0, 40
    (score,) = poisson_score(np.array([seen - mean]), np.array([mean]), np.array([mean]))
    exact = norm.isf(poisson.sf(seen - 0.5, mean))
    assert score == pytest.approx(exact, abs=0.15)


@given(st.floats(-3.0, 3.0), st.floats(-3.0, 3.0))
@settings(deadline=None, max_examples=20, derandomize=True)
def test_a_move_there_and_back_gives_the_image_again(down, right):
    rows, columns = np.indices((40, 40))
    image = np.exp(-((rows - 20) ** 2 + (columns - 18) ** 2) / 18)
    again = shifted(shifted(image, (down, right)), (-down, -right))
    np.testing.assert_allclose(again, image, atol=1e-4)


def test_a_filter_without_polynomials_does_not_see_a_slope():
    wide = gaussian_kernel(5.0)
    inner = np.pad(KERNEL, (wide.shape[0] - KERNEL.shape[0]) // 2)
    kernel = without_polynomials(inner, wide, 2)
    rows, columns = np.indices(kernel.shape)
    assert abs((kernel * (3 + 2 * rows - columns + 0.1 * rows * columns)).sum()) < 1e-9
