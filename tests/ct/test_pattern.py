"""Patterns of masses made one way, and none where nothing can be seen."""

from __future__ import annotations

import numpy as np
import pytest
from measured_cases import NOISE_HU, deposit_of, layered, scanned

from calcimeter.ct.pattern import tell_patterns
from calcimeter.ct.settings import PatternSettings
from calcimeter.model.measures import FluidLevel, Level, Resolution
from calcimeter.phantom.compounds import Union
from calcimeter.phantom.parts import Layered, filled
from calcimeter.phantom.solids import Block, Capsule, Ellipsoid, sphere

RESOLUTION = Resolution(1.1, 2.0, 0.2, "known")
BODY, INNER, CENTER = (Ellipsoid((0, 0, 0), tuple(r - d for r in (12, 14, 11))) for d in (0, 2.5, 7.5))


def told(part, level=None, *, solid=None, spacing_mm=(2.0, 0.8, 0.8)):
    """The pattern of a scanned part."""
    volume = scanned(part, spacing_mm)
    deposit = deposit_of(volume, solid or part.envelope)
    return tell_patterns(volume, (deposit,), (level or FluidLevel("absent"),), RESOLUTION, NOISE_HU, PatternSettings())[
        0
    ]


def cloud():
    """Balls of very different HU all over a body."""
    random = np.random.default_rng(3)
    spots = [(sphere(tuple(random.uniform(-9, 9, 3)), random.uniform(2, 4)), hu) for hu in (150, 700, 120, 800) * 8]
    return Layered(((BODY, 300), *spots), 3)


def strands():
    """Rods through fat marrow in a shell."""
    random = np.random.default_rng(4)
    ends = random.standard_normal((30, 2, 3))
    ends *= 15 / np.linalg.norm(ends, axis=2, keepdims=True)
    rods = [(Capsule(tuple(a), tuple(b), 0.8, 0.8), 450) for a, b in ends]
    return Layered(((BODY, 800), (INNER, -70), *rods), 3)


@pytest.mark.parametrize("spacing_mm", [(1.0, 0.7, 0.7), (3.0, 0.9, 0.9)])
@pytest.mark.parametrize(
    ("name", "part"),
    [
        ("homogeneous", filled(BODY, 500, 3)),
        ("rim", Layered(((BODY, 500), (INNER, 40)), 3)),
        ("central", Layered(((BODY, 220), (CENTER, 700)), 3)),
        ("amorphous", cloud()),
        ("trabecular", strands()),
        ("sheet", filled(Block((0, 0, 0), (2.0, 18, 16), 1.0), 600, 3)),
        ("linear", filled(Capsule((-20, -8, 0), (20, 8, 4), 2.5, 2.5), 600, 3)),
    ],
)
def test_a_pattern_is_told_by_features_that_are_shown(name, part, spacing_mm):
    pattern = told(part, spacing_mm=spacing_mm)

    assert pattern.name == name, pattern
    assert pattern.because
    assert all(feature.endswith(("_mm", "_share", "_count")) for feature, _ in pattern.features)


def test_dots_are_punctate():
    dots = Union(tuple(sphere(c, 1.8) for c in ((-7, 0, 0), (0, 6, 3), (7, -2, -4), (2, -8, 6))))

    assert told(filled(dots, 900, 6), spacing_mm=(1.0, 0.8, 0.8)).name == "punctate"


def test_levels_make_layers():
    level = FluidLevel("present", (Level(5.0, 12.0, 20.0, 400.0, 0.3, (0.0, 0.0, 0.0)),), (0.0, 1.0, 0.0))

    assert told(layered(), level).name == "layered"


def test_a_small_deposit_has_no_pattern_and_says_why():
    pattern = told(filled(sphere((0, 0, 0), 2.2), 500, 6))

    assert pattern.name is None
    assert "too small" in pattern.because
