"""A small deposit as one body: what the scan would show of it, and its volume in slices far thicker than pixels."""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

import numpy as np
import pytest
from scipy.ndimage import binary_fill_holes

from calcimeter.ct.amount import body as of
from calcimeter.ct.amount.body import View, look_at
from calcimeter.ct.amount.compact import Compact, as_body, asks_for_body, ways_sd, with_body
from calcimeter.ct.amount.envelope import Fit, Seen, fit_envelope
from calcimeter.ct.amount.inside import Core, Settled
from calcimeter.ct.amount.plateaus import Weighed
from calcimeter.ct.amount.scanner import Scanner
from calcimeter.ct.settings import AmountSettings
from calcimeter.model.measures import Estimate, Resolution

S = AmountSettings()
SPACING, RESOLUTION = (3.0, 0.7, 0.7), Resolution(1.2, 3.0, 0.06, "known")
NOISE_HU = 6.0


class Scanned(NamedTuple):
    """A deposit in thick slices."""

    seen: Seen
    fit: Fit
    part_mm3: float


def scanned(hu_at):
    """What thick slices show of HU over background, which ``hu_at`` gives by place in mm; sampled seven times finer."""
    fine, across, columns = 42, 10, 24
    z = (np.arange(8 * fine) + 0.5) / fine * SPACING[0] - 4.3 * SPACING[0]
    y = ((np.arange(columns * across) + 0.5) / across - columns / 2 + 0.2) * SPACING[1]
    sums = [
        hu_at(height, y[:, None], y[None, :]).reshape(columns, across, columns, across).mean((1, 3)) for height in z
    ]
    slices = np.array(sums).reshape(8, fine, columns, columns).mean(axis=1).astype(np.float32)
    scanner = Scanner.of(SPACING, RESOLUTION)
    excess = scanner.blur(slices) + scanner.blur(
        np.random.default_rng(5).normal(0, NOISE_HU * 2.6, slices.shape).astype(np.float32)
    )
    mask = np.array([binary_fill_holes(plane) for plane in excess > 0.4 * excess.max()])
    seen = Seen(excess, mask, np.zeros_like(mask), NOISE_HU)
    return Scanned(seen, fit_envelope(seen, scanner, S), float(np.prod(SPACING)) / scanner.parts)


def ellipsoid(radii, hu, middle=(0.0, 0.0, 0.0)):
    """HU inside an ellipsoid, by place."""
    z0, y0, x0 = middle
    a, b, c = radii
    return lambda z, y, x: hu * (((z - z0) / a) ** 2 + ((y - y0) / b) ** 2 + ((x - x0) / c) ** 2 <= 1)


@pytest.mark.parametrize("radii", [(4.0, 4.0, 4.0), (2.8, 5.5, 3.6)])
def test_a_body_has_its_volume_in_thick_slices(radii):
    deposit = scanned(ellipsoid(radii, 500.0))
    body = as_body((deposit.fit, deposit.seen), SPACING, RESOLUTION, None, S)

    truth = 4 / 3 * np.pi * np.prod(radii)
    assert body.voxels * deposit.part_mm3 == pytest.approx(truth, rel=0.03)
    assert abs(body.voxels * deposit.part_mm3 - truth) < 2.5 * body.sd * deposit.part_mm3


def test_a_hollow_body_has_the_volume_of_all_of_it():
    shell, hole = ellipsoid((6.0, 6.0, 6.0), 500.0), ellipsoid((3.6, 3.6, 3.6), -500.0, (0.3, 0.4, 0.0))
    deposit = scanned(lambda z, y, x: shell(z, y, x) + hole(z, y, x))
    body = as_body((deposit.fit, deposit.seen), SPACING, RESOLUTION, None, S)

    assert body.voxels * deposit.part_mm3 == pytest.approx(4 / 3 * np.pi * 6**3, rel=0.04)


def test_a_bent_body_has_its_volume_although_no_ellipsoid_is_like_it():
    def ring_part(z, y, x):
        """A half ring of radius 6 mm and 2.4 mm thick each way from its middle line."""
        along = np.hypot(y, x)
        return 500.0 * (((along - 6.0) ** 2 + z**2 <= 2.4**2) & (x > 0))

    deposit = scanned(ring_part)
    body = as_body((deposit.fit, deposit.seen), SPACING, RESOLUTION, None, S)

    assert body.voxels * deposit.part_mm3 == pytest.approx(np.pi**2 * 2.4**2 * 6.0, rel=0.04)
    assert body.left_hu < 2 * NOISE_HU


SINKS = np.array([0.0, 0.96, 0.28])
"""Down along slices, rows and columns."""


def test_a_wall_around_fluid_over_sediment_has_the_volume_of_all_of_it():
    """Wall of 1.8 mm; with gravity known it is seen as what it is, without it the volume is further off."""
    shell, hole = ellipsoid((5.0, 5.5, 4.5), 600.0), ellipsoid((3.2, 3.7, 2.7), -600.0)

    def hu(z, y, x):
        settled = SINKS[0] * z + SINKS[1] * y + SINKS[2] * x > 0.5
        return shell(z, y, x) + hole(z, y, x) * np.where(settled, 0.2, 1.0)

    deposit, truth_mm3 = scanned(hu), 4 / 3 * np.pi * 5.0 * 5.5 * 4.5
    known, unknown = (as_body((deposit.fit, deposit.seen), SPACING, RESOLUTION, down, S) for down in (SINKS, None))

    assert known.voxels * deposit.part_mm3 == pytest.approx(truth_mm3, rel=0.02)
    assert abs(known.voxels * deposit.part_mm3 - truth_mm3) < 2.5 * known.sd * deposit.part_mm3
    assert known.left_hu < 1.3 * NOISE_HU
    assert known.left_hu < unknown.left_hu


def test_two_chambers_at_two_levels_have_the_volume_of_all_of_them():
    """Balls of 4 mm with walls of 1.6 mm, fluid over sediment; their levels lie 2 mm apart."""
    middles, levels = ((0.0, -2.6, 0.0), (0.0, 2.6, 0.0)), (-1.0, 1.0)
    chambers = [(ellipsoid((4.0,) * 3, 1.0, m), ellipsoid((2.4,) * 3, 1.0, m)) for m in middles]

    def hu(z, y, x):
        outer, density = np.zeros(np.broadcast_shapes(y.shape, x.shape)), 600.0
        fluid = outer.copy()
        for (wall, inner), level in zip(chambers, levels, strict=True):
            outer = np.maximum(outer, wall(z, y, x))
            fluid = np.maximum(fluid, inner(z, y, x) * (x < level))
        return density * (outer - fluid)

    deposit, no_walls = scanned(hu), replace(S, walls_mm=())
    lens = np.pi * (4.0 - 2.6) ** 2 * (8.0 + 2.6) / 3
    truth_mm3 = 2 * (4 / 3 * np.pi * 4.0**3 - lens)
    body, filled = (as_body((deposit.fit, deposit.seen), SPACING, RESOLUTION, SINKS, s) for s in (S, no_walls))

    assert body.voxels * deposit.part_mm3 == pytest.approx(truth_mm3, rel=0.05)
    assert body.left_hu < 0.7 * filled.left_hu


@pytest.mark.parametrize(
    ("inside", "own"),
    [(None, []), (Core(S), [0.6, -300.0, 0.05, 0.0, -0.1]), (Settled(SINKS, S), [1.6, -380.0, -60.0, 0.4])],
)
def test_what_a_scan_shows_changes_with_each_unknown_as_said(inside, own):
    """Against differences; at the edge a share is a ramp, so that single voxels may differ."""
    view = View.of(np.ones((6, 18, 18), dtype=bool), SPACING, RESOLUTION)
    body = np.concatenate([np.zeros(of.PLAIN), own])
    body[of.CENTER], body[of.HU] = (9.1, 6.2, 6.4), 400.0
    body[of.AXES] = (0.24, 0.01, -0.02, 0.22, 0.015, 0.26)
    look = look_at(body, view, inside)
    for k in range(len(body)):
        step = 0.002 if k in range(of.AXES.start, of.AXES.stop) else 1.0 if k == of.HU or abs(body[k]) > 50 else 0.02
        low, high = (look_at(body + sign * step * (np.arange(len(body)) == k), view, inside).values for sign in (-1, 1))
        change = (high - low) / (2 * step)
        assert np.linalg.norm(change - look.slopes[k]) < 0.15 * np.linalg.norm(change), k


def test_a_body_is_asked_for_small_deposits_in_thick_slices_and_in_thin_ones_where_levels_disagree():
    deposit = scanned(ellipsoid((4.0, 4.0, 4.0), 500.0))
    thick, thin = (Scanner.of((mm, 0.7, 0.7), RESOLUTION) for mm in (3.0, 0.7))
    alike = Weighed(1000.0, 0.0, 995.0, 1005.0, NOISE_HU, apart=10.0)
    unlike = alike._replace(left_hu=2 * NOISE_HU, least=950.0, most=1050.0)

    assert asks_for_body(alike, deposit.seen, (thick, 0.4), S)
    assert not asks_for_body(alike, deposit.seen, (thick, 4.0), S)
    assert not asks_for_body(alike, deposit.seen, (thin, 0.4), S)
    assert asks_for_body(unlike, deposit.seen, (thin, 0.4), S)
    assert not asks_for_body(unlike._replace(left_hu=10 * NOISE_HU), deposit.seen, (thin, 0.4), S)
    assert not asks_for_body(Weighed(1000.0, 0.0, 1000.0, 1000.0), deposit.seen, (thick, 0.4), S)


def test_each_volume_counts_by_how_well_it_is_known():
    seen, body = Estimate(100.0, 90.0, 110.0, 4.0), Compact(110.0, 2.0, 1.0, 6.0, 0.3)

    assert with_body(seen, 1e-3, body, 1.0, S).value == pytest.approx(100, abs=0.01)
    assert with_body(seen, 1e3, body, 1.0, S).value == pytest.approx(110, abs=0.01)
    both = with_body(seen, 2.0, body, 1.0, S)
    assert both.value == pytest.approx(105)
    assert both.low < 100
    assert both.high > 110
    assert with_body(seen, 2.0, body._replace(voxels=0.0), 1.0, S) is seen
    assert ways_sd(Weighed(100.0, 0, 0, 0, 6.0), body, S) < ways_sd(Weighed(100.0, 0, 0, 0, 12.0), body, S)
    thinner = body._replace(blurred=1.0)
    assert ways_sd(Weighed(100.0, 0, 0, 0, 6.0), body, S) < ways_sd(Weighed(100.0, 0, 0, 0, 6.0), thinner, S)
