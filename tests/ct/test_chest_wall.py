"""What lies in the front wall of the chest and is no cartilage: bone whose name was not told, and the edge of metal."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from ct_cases import LUMP, anatomy_of, box_region, volume_of

from calcimeter.ct.classify import classify
from calcimeter.ct.settings import ClassifySettings
from calcimeter.model.candidate import Candidate
from calcimeter.model.lesion import Category
from calcimeter.model.trunk import Whereabouts

SHAPE = (40, 60, 80)
WALL = Whereabouts(
    region="chest",
    depth_mm=-8.0,
    lateral_mm=35.0,
    before_spine_mm=120.0,
    ahead_mm=85.0,
    above_promontory_mm=None,
    below_brim_mm=None,
)
"""Beside the sternum."""


def category(**facts):
    """What a lump beside the sternum is taken for."""
    lump = replace(LUMP, where=WALL, rib_mm=2.0, **facts)
    candidate = Candidate(box_region((20, 30, 40), (4, 4, 4)), lump)
    (one,) = classify(volume_of(np.zeros(SHAPE)), (candidate,), anatomy_of(SHAPE), ClassifySettings())
    return one.category


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ({"core_hu": 200.0, "rim_hu": 600.0, "bone_contact": 0.2}, Category.BONE),
        ({"core_hu": 200.0, "rim_hu": 600.0}, Category.UNCERTAIN),
        ({"core_hu": 200.0, "rim_hu": 300.0}, Category.CARTILAGE),
        ({"core_hu": 800.0, "rim_hu": 300.0, "bone_contact": 0.2}, Category.CARTILAGE),
        ({"core_hu": None, "rim_hu": None, "bone_contact": 0.2}, Category.CARTILAGE),
    ],
)
def test_in_the_front_wall_of_the_chest_a_shell_around_marrow_is_no_cartilage(facts, expected):
    assert category(**facts) is expected


@pytest.mark.parametrize(("metal_mm", "expected"), [(4.0, Category.UNCERTAIN), (8.0, Category.CARTILAGE)])
def test_beside_the_wires_of_a_sternotomy_there_is_no_cartilage(metal_mm, expected):
    assert category(metal_mm=metal_mm) is expected
