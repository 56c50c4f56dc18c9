"""Outlines run along voxel edges and close."""

from __future__ import annotations

import numpy as np

from calcimeter.geometry.outline import outlines


def test_an_outline_runs_half_a_voxel_outside_the_voxel_centers() -> None:
    mask = np.zeros((8, 9), dtype=bool)
    mask[2:5, 3:8] = True

    (outline,) = outlines(mask)

    assert np.allclose(outline.min(axis=0), (1.5, 2.5))
    assert np.allclose(outline.max(axis=0), (4.5, 7.5))
    assert np.allclose(outline[0], outline[-1])


def test_a_mask_at_the_edge_has_a_closed_outline_and_a_hole_has_its_own() -> None:
    mask = np.ones((5, 5), dtype=bool)
    mask[2, 2] = False

    found = outlines(mask)

    assert len(found) == 2
    assert all(np.allclose(outline[0], outline[-1]) for outline in found)


def test_an_empty_mask_has_no_outline() -> None:
    assert outlines(np.zeros((3, 4), dtype=bool)) == []
