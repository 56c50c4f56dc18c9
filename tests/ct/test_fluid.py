"""Fluid-calcium levels: found where layers lie level, and nowhere else."""

from __future__ import annotations

import numpy as np
import pytest
from measured_cases import NOISE_HU, deposit_of, layered, scanned

from calcimeter.ct.fluid import find_fluid_levels
from calcimeter.ct.fluid.batch import Scale
from calcimeter.ct.fluid.fit import fit_interfaces
from calcimeter.ct.fluid.lattice import stand_upright
from calcimeter.ct.fluid.steps import calmed, find_steps, flat_patches
from calcimeter.ct.settings import FluidSettings
from calcimeter.model.measures import Gravity, Resolution
from calcimeter.phantom.parts import Chamber, Cyst, Layered, filled
from calcimeter.phantom.solids import Block, Ellipsoid

DOWN = (0.0, 1.0, 0.0)
RESOLUTION = Resolution(1.1, 2.0, 0.2, "known")
SCALE = Scale(0.5, 1.6, 1.6)


def looked(part, *, solid=None, gravity=DOWN, **scan):
    """What is found in a scanned part."""
    volume = scanned(part, **scan)
    deposit = deposit_of(volume, solid or part.envelope)
    told = Gravity(gravity, "known" if gravity else "the patient's position is not known")
    return find_fluid_levels(volume, (deposit,), told, RESOLUTION, NOISE_HU, FluidSettings())[0]


@pytest.mark.parametrize("spacing_mm", [(1.0, 0.7, 0.7), (3.0, 0.9, 0.9)])
def test_a_level_is_found_where_it_lies(spacing_mm):
    """Height holds the wall of 1.2 mm; width loses the blur at both ends."""
    found = looked(layered(), spacing_mm=spacing_mm)

    assert found.state == "present"
    (level,) = found.levels
    assert level.center_mm == pytest.approx((0, 0, 0), abs=1.5)
    assert level.center_mm[1] == pytest.approx(0, abs=0.3)
    assert level.tilt_deg < 2
    assert level.hu_above == pytest.approx(25, abs=25)
    assert level.hu_below == pytest.approx(350, abs=25)
    assert level.height_mm == pytest.approx(12, abs=1.5)
    assert level.width_mm == pytest.approx(2 * 9.8, abs=5)


@pytest.mark.parametrize("gravity", [(0.0, -1.0, 0.0), (1.0, 0.0, 0.0), (-1.0, 0.0, 0.0)])
def test_levels_follow_gravity_in_every_position(gravity):
    found = looked(layered(normal=gravity), gravity=gravity)

    assert found.state == "present"
    assert found.levels[0].hu_above < 100 < found.levels[0].hu_below


@pytest.mark.parametrize("normal", [(1.0, 0.0, 0.0), (0.0, 0.0, 1.0), (0.0, -1.0, 0.0), (0.5, 0.8660254, 0.0)])
def test_layers_that_lie_otherwise_are_no_level(normal):
    assert looked(layered(normal=normal)).state == "absent"


def test_a_mass_turned_with_its_grid_keeps_its_level():
    """An oblique grid: its axes are not gravity's, the layers are."""
    c, s = np.cos(np.radians(20)), np.sin(np.radians(20))
    found = looked(layered(), directions=((0.0, 0.0, 1.0), (-s, c, 0.0), (c, s, 0.0)))

    assert found.state == "present"
    assert found.levels[0].tilt_deg < 2


@pytest.mark.parametrize(
    "part",
    [
        filled(Ellipsoid((0, 0, 0), (11, 12, 10)), 400, 4),
        Layered(((Ellipsoid((0, 0, 0), (12, 13, 11)), 500), (Ellipsoid((0, 0, 0), (9, 10, 8)), 40)), 4),
    ],
    ids=["solid", "rim"],
)
def test_what_has_no_layers_has_no_level(part):
    assert looked(part).state == "absent"


def test_fluid_without_a_wall_is_seen_over_its_sediment():
    """Fluid of 20 HU in muscle of 55: the envelope holds the sediment alone."""
    whole = Ellipsoid((0, 0, 0), (12, 12, 12))
    bare = Cyst((Chamber(whole, 0.0, 20, 350),), DOWN, 0.0, 0.0, 300, samples=4)
    sediment = _Lower(whole)

    assert looked(bare, solid=sediment).state == "present"


def test_each_locule_has_its_own_level():
    chambers = (
        Chamber(Ellipsoid((-9, 0, 0), (10, 11, 10)), -1.5, 20, 380),
        Chamber(Ellipsoid((9, 0, 0), (10, 11, 10)), 2.5, 35, 300),
    )
    found = looked(Cyst(chambers, DOWN, 1.4, 1.6, 320, samples=4))

    assert sorted(round(level.center_mm[1], 0) for level in found.levels) == pytest.approx([-1.5, 2.5], abs=0.6)


@pytest.mark.parametrize("radius_mm", [12.0, 18.0])
def test_the_thin_floor_of_a_round_locule_is_no_level(radius_mm):
    """Dense, even and, over a few millimeters, nearly flat: but no thicker than a wall."""
    shell = Layered(
        ((Ellipsoid((0, 0, 0), (radius_mm,) * 3), 600), (Ellipsoid((0, 0, 0), (radius_mm - 1.7,) * 3), 20)), 4
    )

    assert looked(shell, spacing_mm=(0.5, 0.85, 0.85), noise_hu=8.0).state == "absent"


def on_a_dense_floor(normal=DOWN, sediment_mm=3.5):
    """Sediment of 220 HU on a wall of 650: in no column do two windows see its surface apart from the wall's."""
    chamber = Chamber(Ellipsoid((0, 0, 0), (10, 10, 10)), 10 - 2.2 - sediment_mm, 15, 220)
    return Cyst((chamber,), normal, 2.2, 0.0, 650.0, samples=4)


@pytest.mark.parametrize("spacing_mm", [(1.0, 0.6, 0.6), (2.0, 0.8, 0.8)])
def test_thin_sediment_on_a_denser_floor_is_a_level(spacing_mm):
    found = looked(on_a_dense_floor(), spacing_mm=spacing_mm)

    assert found.state == "present"
    (level,) = found.levels
    assert level.center_mm[1] == pytest.approx(10 - 2.2 - 3.5, abs=0.5)
    assert level.tilt_deg < 3
    assert level.hu_above == pytest.approx(15, abs=25)
    assert level.hu_below == pytest.approx(220, abs=80)


@pytest.mark.parametrize("degrees", [20, 35, 90, 160])
def test_thin_sediment_that_does_not_lie_level_is_none(degrees):
    c, s = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))

    assert looked(on_a_dense_floor((s, c, 0.0))).state != "present"


def test_a_dense_floor_without_sediment_is_no_level():
    """Nor is the foot of its blur, which is lower and as round."""
    assert looked(on_a_dense_floor(sediment_mm=0.0)).state == "absent"


def test_small_locules_in_thick_slices_show_their_levels():
    """Radii of 10 mm in slices of 3.8 mm: roundness is that of the mass, and each locule adds to what is sure."""
    chambers = (
        Chamber(Ellipsoid((-9, 0, 0), (10, 10, 10)), 1.5, 40, 240),
        Chamber(Ellipsoid((9, 0, 0), (10, 10, 10)), 0.0, 20, 260),
    )
    found = looked(Cyst(chambers, DOWN, 1.6, 1.4, 330, samples=4), spacing_mm=(3.8, 0.6, 0.6), noise_hu=20.0)

    assert found.state == "present"
    assert all(level.tilt_deg < 5 for level in found.levels)


def test_gravity_that_is_not_known_leaves_it_open():
    found = looked(layered(), gravity=None)

    assert (found.state, found.levels) == ("indeterminate", ())
    assert "position" in found.because


def test_a_dot_is_too_small_and_says_so():
    found = looked(filled(Ellipsoid((0, 0, 0), (2.5, 2.5, 2.5)), 600, 4))

    assert found.state == "indeterminate"
    assert "too small" in found.because


def test_thick_slices_along_gravity_hide_levels():
    """Gravity along the body, as of one who sits: slices of 3 mm can't show layers of 3 mm."""
    found = looked(layered(normal=(0.0, 0.0, -1.0)), gravity=(0.0, 0.0, -1.0), spacing_mm=(3.0, 0.8, 0.8))

    assert found.state == "indeterminate"


class _Lower:
    """The part of a solid that lies behind the middle."""

    def __init__(self, solid):
        self._solid, self._half = solid, Block((0, 50, 0), (100, 50, 100), 0.1)

    def distance(self, points):
        return np.maximum(self._solid.distance(points), self._half.distance(points))


def test_patches_fitted_together_are_fitted_as_each_alone():
    """Of different sizes, and one in a line, across which nothing can be told."""
    settings = FluidSettings()
    volume = scanned(layered())
    lattice = stand_upright(volume, deposit_of(volume, layered().envelope), DOWN, settings.margin_mm)
    width_mm, reach_mm = settings.wide_look_mm
    (whole, *_) = flat_patches(find_steps(lattice, calmed(lattice, width_mm), reach_mm, settings), lattice, settings)
    row, column = whole.column.T
    patches = [whole, whole.select(row < np.median(row)), whole.select(column == np.median(column))]

    together = fit_interfaces(lattice, patches, SCALE, settings)

    for patch, (columns, interface) in zip(patches, together, strict=True):
        ((own, alone),) = fit_interfaces(lattice, [patch], SCALE, settings)
        assert (columns.column == own.column).all()
        assert interface.depth_mm == pytest.approx(alone.depth_mm, rel=1e-9)
        assert interface.bow_error_mm == pytest.approx(alone.bow_error_mm, rel=1e-6)
        assert interface.tilt_deg == pytest.approx(alone.tilt_deg, rel=1e-9)
    assert together[0][1].tilt_deg < 2


def test_no_patches_have_no_interfaces():
    volume = scanned(layered())
    lattice = stand_upright(volume, deposit_of(volume, layered().envelope), DOWN, 5.0)

    assert fit_interfaces(lattice, [], SCALE, FluidSettings()) == []
