"""Harmonics of direction: each of the same size, none like another."""

from __future__ import annotations

import numpy as np
import pytest

from calcimeter.geometry.harmonics import COUNT, harmonics


def test_harmonics_are_alike_in_size_and_have_nothing_in_common():
    """By quadrature that is exact for them; a constant, a shift and an ellipsoid are no sums of them either."""
    height, weight = np.polynomial.legendre.leggauss(8)
    around = np.arange(16) * np.pi / 8
    z, angle = (field.ravel() for field in np.meshgrid(height, around, indexing="ij"))
    flat = np.sqrt(1 - z**2)
    way = np.stack([flat * np.cos(angle), flat * np.sin(angle), z])
    weights = np.repeat(weight, 16) / 32
    fields = harmonics(way.astype(np.float32))

    lower = np.stack([np.ones_like(z), *way, way[0] * way[1], way[1] * way[2], way[0] ** 2 - way[2] ** 2])
    assert fields.shape == (COUNT, len(z))
    assert fields * weights @ fields.T == pytest.approx(np.eye(COUNT), abs=1e-5)
    assert fields * weights @ lower.T == pytest.approx(np.zeros((COUNT, len(lower))), abs=1e-5)
