"""Volumes of what is too thin to show its own density: when they are bounds, and by what."""

from __future__ import annotations

import numpy as np
import pytest
from amount_cases import CENTER, measured

from calcimeter.ct.amount.scanner import Scanner
from calcimeter.ct.amount.thin import Plateaus, bounded
from calcimeter.ct.settings import AmountSettings
from calcimeter.model.measures import Estimate, Resolution
from calcimeter.phantom.compounds import Union
from calcimeter.phantom.parts import filled
from calcimeter.phantom.solids import Block, Capsule, sphere

S = AmountSettings()


def plateaus(*shares: tuple[float, float]) -> Plateaus:
    """Of parts of a volume: how much of it, and the highest share of its level nearby."""
    weights, highest = np.array(shares, dtype=np.float32).T
    return Plateaus(weights, highest)


def test_only_what_may_be_denser_than_it_looks_is_bounded():
    seen = Estimate(100.0, 90.0, 110.0, 4.0)
    half_moved, open_ = S.plateau - S.moved_within, S.plateau - S.open_within

    assert bounded(seen, plateaus((1, 1.0)), 20.0, S) is seen
    assert bounded(seen, plateaus((1, 0.7)), 100.0, S) is seen
    assert bounded(Estimate(100.0), plateaus((1, 0.7)), 20.0, S) == Estimate(100.0)
    assert bounded(seen, plateaus((1, half_moved)), 25.0, S).value == pytest.approx(50)
    assert bounded(seen, plateaus((1, open_)), 25.0, S).low == pytest.approx(22.5)
    least = bounded(seen, plateaus((1, 0.5)), -3.0, S)
    assert 0 < least.low < least.value


def test_of_a_lump_with_plates_only_the_plates_may_be_denser():
    seen, thin = Estimate(100.0, 90.0, 110.0, 4.0), S.plateau - S.moved_within
    mixed = bounded(seen, plateaus((0.4, 1.0), (0.6, thin)), 25.0, S)

    assert mixed.value == pytest.approx(100 * (0.4 + 0.6 * 0.5))
    assert mixed.low == pytest.approx(90 * (0.4 + 0.6 * 0.25))
    assert bounded(seen, plateaus((0.8, 1.0), (0.2, thin)), 25.0, S) is seen


@pytest.mark.parametrize(("slices", "filled"), [(1, False), (2, True)])
def test_one_slice_can_not_show_that_it_is_full(slices, filled):
    """With slices half again as thick a plate of one slice is blurred away; what fills two still shows."""
    scanner = Scanner.of((2.0, 0.7, 0.7), Resolution(1.2, 3.0, 0.06, ""))
    fine = np.zeros((12 * scanner.parts, 31, 31), dtype=np.float32)
    fine[5 * scanner.parts : (5 + slices) * scanner.parts, 8:23, 8:23] = 1

    assert (float(scanner.anywhere(fine).max()) > 0.95) is filled


LINE = filled(Capsule((12, 3, -3), (28, 9, 4), 0.5, 0.5), 1055, 12)
PLATE = filled(Block(CENTER, (0.5, 7, 7), 0.3, ((0.8, 0.6, 0.0), (-0.6, 0.8, 0.0), (0.0, 0.0, 1.0))), 755, 12)


@pytest.mark.parametrize("part", [LINE, PLATE], ids=["line", "plate"])
@pytest.mark.parametrize("thickness_mm", [1.0, 3.0])
def test_what_is_thinner_than_the_blur_has_bounds_that_hold_it_and_says_so(part, thickness_mm):
    """Half maximum finds the blur and not the object: twice its volume, and a narrow interval."""
    amount = measured(part, (thickness_mm, 0.8, 0.8))
    true = part.envelope.volume_mm3()

    assert amount.volume_mm3.low < true < amount.volume_mm3.high
    assert true / 2 < amount.volume_mm3.value < 2 * true
    assert amount.caveats == ("THINNER_THAN_BLUR",)
    assert amount.mineral_volume_mm3.low <= amount.volume_mm3.low


TWIGS = filled(
    Union((sphere(CENTER, 2.0), *(Capsule(CENTER, end, 0.6, 0.6) for end in ((9, 1, 2), (28, 12, 6), (22, -6, -7))))),
    1055,
    12,
)


def counted_mm3(solid, step_mm=0.1):
    axes = [np.arange(a, b, step_mm) for a, b in zip(*solid.box_mm, strict=True)]
    points = np.stack(np.meshgrid(*axes, indexing="ij")).reshape(3, -1)
    return float((solid.distance(points) <= 0).sum()) * step_mm**3


@pytest.mark.parametrize("thickness_mm", [1.0, 3.0])
def test_a_lump_with_twigs_is_bounded_by_what_the_twigs_may_be(thickness_mm):
    """The lump shows its density, the twigs do not: a body that fits both was sure of twice the volume."""
    amount = measured(TWIGS, (thickness_mm, 0.8, 0.8))
    true = counted_mm3(TWIGS.envelope)

    assert amount.volume_mm3.low < true < amount.volume_mm3.high
    assert amount.caveats == ("THINNER_THAN_BLUR",)
