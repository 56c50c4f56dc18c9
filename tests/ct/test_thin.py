"""Volumes of what is too thin to show its own density: when they are bounds, and by what."""

from __future__ import annotations

import numpy as np
import pytest

from calcimeter.ct.amount.scanner import Scanner
from calcimeter.ct.amount.thin import bounded
from calcimeter.ct.settings import AmountSettings
from calcimeter.model.measures import Estimate, Resolution


def test_only_what_may_be_denser_than_it_looks_is_bounded():
    s, seen = AmountSettings(), Estimate(100.0, 90.0, 110.0, 4.0)

    assert bounded(seen, 1.0, 20.0, s) is seen
    assert bounded(seen, 0.7, 100.0, s) is seen
    assert bounded(Estimate(100.0), 0.7, 20.0, s) == Estimate(100.0)
    assert bounded(seen, s.plateau - s.moved_within, 25.0, s).value == pytest.approx(50)
    assert bounded(seen, s.plateau - s.open_within, 25.0, s).low == pytest.approx(22.5)
    assert 0 < bounded(seen, 0.5, -3.0, s).low < bounded(seen, 0.5, -3.0, s).value


@pytest.mark.parametrize(("slices", "filled"), [(1, False), (2, True)])
def test_one_slice_can_not_show_that_it_is_full(slices, filled):
    """With slices half again as thick a plate of one slice is blurred away; what fills two still shows."""
    scanner = Scanner.of((2.0, 0.7, 0.7), Resolution(1.2, 3.0, 0.06, ""))
    fine = np.zeros((12 * scanner.parts, 31, 31), dtype=np.float32)
    fine[5 * scanner.parts : (5 + slices) * scanner.parts, 8:23, 8:23] = 1

    assert (scanner.highest(fine) > 0.95) is filled
