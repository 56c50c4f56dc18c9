"""A body whose surface moves freely: where it starts, how it moves, and that what a scan shows follows."""

from __future__ import annotations

import numpy as np
import pytest

from calcimeter.ct.amount.body import View
from calcimeter.ct.amount.supple import Filling, Start, Supple
from calcimeter.ct.settings import AmountSettings
from calcimeter.model.measures import Resolution

S = AmountSettings()
SPACING, RESOLUTION = (3.0, 0.7, 0.7), Resolution(1.2, 3.0, 0.06, "known")
HU = 400.0


def ball(radius_mm, *, core=None):
    """A view of a small box, and a ball in its middle; ``core`` is the radius of a core, mm."""
    view = View.of(np.ones((6, 20, 20), dtype=bool), SPACING, RESOLUTION)
    middle = view.places_mm.mean(axis=1, keepdims=True)
    away = np.linalg.norm(view.places_mm - middle, axis=0).reshape(-1, 20, 20)
    share = np.clip((radius_mm - away) / 0.7 + 0.5, 0, 1).astype(np.float32)
    filling = None
    if core is not None:
        inner = np.clip((core - away) / 0.7 + 0.5, 0, 1).astype(np.float32)
        filling = Filling(inner[None], *(np.array([hu]) for hu in (0.0, 0.0, HU)))
    return Supple.of(Start(share, away < 0.3 * radius_mm, filling), view, S)


def still(surface):
    """Its unknowns where it has not moved."""
    body = np.zeros(surface.unknowns)
    body[surface.hu] = HU
    return body


def test_a_surface_starts_about_where_it_was_put():
    """Smoothing moves it inward by the square of its width over the radius."""
    surface = ball(4.5)

    look = surface.look(still(surface))
    truth = 4 / 3 * np.pi * (4.5 - S.supple_smooth_mm**2 / 4.5) ** 3
    assert look.voxels * np.prod(surface.view.steps_mm) == pytest.approx(truth, rel=0.03)
    assert look.values.max() == pytest.approx(HU, rel=0.03)


@pytest.mark.parametrize("core", [None, 2.0])
def test_what_a_scan_shows_changes_with_each_unknown_as_said(core):
    """Against differences; at the edge a share is a ramp, so that single voxels may differ."""
    surface = ball(4.5, core=core)
    body = still(surface)
    if core is not None:
        body[surface.hu + 1] = -200.0
    look = surface.look(body)
    assert look.slopes.shape == (surface.unknowns, look.values.size)
    for k in [*range(0, surface.hu, 7), *range(surface.hu, surface.unknowns)]:
        step = 0.05 if k < surface.hu else 1.0 if k < surface.unknowns - 2 else 0.02
        low, high = (surface.look(body + sign * step * (np.arange(len(body)) == k)) for sign in (-1, 1))
        change = (high.values - low.values) / (2 * step)
        assert np.linalg.norm(change - look.slopes[k]) < 0.2 * np.linalg.norm(change), k
        assert (high.voxels - low.voxels) / (2 * step) == pytest.approx(look.growth[k], rel=0.1, abs=0.5)


def test_how_far_a_surface_moves_is_alike_nearby_and_as_wide_as_said():
    surface = ball(4.5)
    variance = np.square(surface.modes_mm).sum(axis=0)
    near_surface = np.abs(surface.depth_mm.ravel()[surface.near]) < 0.5

    assert np.sqrt(variance[near_surface]) == pytest.approx(S.supple_sd_mm, rel=0.15)


def test_what_lies_inside_for_sure_stays_inside():
    surface = ball(4.5)
    body = still(surface)
    body[: surface.hu] = -10.0

    assert surface.look(body).voxels >= surface.start.within.sum()
