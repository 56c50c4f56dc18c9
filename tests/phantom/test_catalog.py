"""The named objects: what they promise is what they hold."""

from __future__ import annotations

from functools import cache
from itertools import combinations

import numpy as np
import pytest

from calcimeter.errors import UsageError
from calcimeter.phantom import make_phantom, phantom_names, scene_of
from calcimeter.phantom.catalog import acquisition_of
from calcimeter.phantom.truth import truth_of

SMALL = ("sphere", "ellipsoid", "shell", "lobed", "layered", "sheet", "rod")


@cache
def truth(name: str):
    return truth_of(scene_of(name), acquisition_of(name))


@cache
def phantom(name: str):
    return make_phantom(name)


def test_every_name_has_a_scene_and_the_demonstration_comes_first():
    names = phantom_names()
    assert names[0] == "demo"
    assert set(names) == {"demo", "demo-negative", "spheres", "empty", *SMALL}
    assert all(scene_of(name).name == name for name in names)


def test_an_unknown_name_is_refused_with_the_known_ones():
    with pytest.raises(UsageError, match="demo-negative"):
        make_phantom("no-such-thing")


def test_objects_without_a_deposit_say_so():
    assert truth("empty")["lesions"] == []
    assert truth("demo-negative")["lesions"] == []


def test_the_demonstration_is_a_layered_mass_of_10_by_6_5_cm_beside_the_left_greater_trochanter():
    (mass,) = truth("demo")["lesions"]
    assert mass["projected_mm"]["coronal"] == pytest.approx([100.0, 65.0], abs=0.1)
    place = mass["place"]
    assert (place["bone"], place["part"], place["side"]) == ("femur", "greater_trochanter", "left")
    assert place["direction"] == "anterolateral"
    assert 4 < place["distance_mm"] < 6
    assert mass["fluid_level"]["state"] == "present"
    assert len(mass["fluid_level"]["levels"]) >= 5
    assert mass["centroid_mm"][0] > 100, "left is +x"
    assert mass["mineral_volume_mm3"] < 0.8 * mass["volume_mm3"]


def test_the_field_of_the_demonstration_holds_the_mass_and_the_femurs_below_the_lesser_trochanters():
    grid = acquisition_of("demo").grid
    low, high = np.array(truth("demo")["lesions"][0]["bounding_box_mm"])
    for corner in (low - 10, high + 10):
        index = grid.to_index(corner)
        assert (index > 0).all()
        assert (index < np.array(grid.shape) - 1).all()
    assert grid.to_patient((0, 0, 0))[2] < -100


def test_truth_of_the_sphere_is_its_closed_form():
    (ball,) = truth("sphere")["lesions"]
    assert ball["volume_mm3"] == pytest.approx(4 / 3 * np.pi * 1000)
    assert ball["surface_mm2"] == pytest.approx(4 * np.pi * 100)
    assert ball["centroid_mm"] == pytest.approx([60, 26, 3.3], abs=0.01)
    assert [ball["long_axis_mm"], ball["short_axis_mm"], ball["feret_mm"]] == pytest.approx([20, 20, 20], abs=0.02)
    assert list(ball["extent_mm"].values()) == pytest.approx([20, 20, 20], abs=0.02)
    axis = np.hypot(60 - 99, 26 + 8)
    assert ball["place"]["distance_mm"] == pytest.approx(axis - 10 - 14.5, abs=0.03)
    assert ball["place"]["direction"] == "posteromedial"


def test_truth_of_small_spheres_is_their_closed_form():
    for sphere in truth("spheres")["lesions"]:
        diameter = float(sphere["name"].split("-")[1])
        assert sphere["volume_mm3"] == pytest.approx(np.pi / 6 * diameter**3)
        assert [sphere["long_axis_mm"], sphere["feret_mm"]] == pytest.approx([diameter, diameter], rel=1e-3)
        x, y, _ = sphere["centroid_mm"]
        if sphere["place"]["bone"] is not None:
            assert sphere["place"]["distance_mm"] == pytest.approx(
                np.hypot(x - 99, y + 8) - diameter / 2 - 14.5, abs=0.03
            )


def test_truth_of_the_shell_tells_mineral_from_what_it_encloses():
    (shell,) = truth("shell")["lesions"]
    assert shell["volume_mm3"] == pytest.approx(4 / 3 * np.pi * 15**3)
    assert shell["mineral_volume_mm3"] == pytest.approx(4 / 3 * np.pi * (15**3 - 12**3), rel=2e-3)


@pytest.mark.parametrize("name", SMALL)
def test_the_scan_holds_what_the_truth_says(name):
    reference = phantom(name)
    (lesion,) = reference.truth["lesions"]
    grid = reference.volume.grid
    low, high = (grid.to_index(np.array(corner)) for corner in lesion["bounding_box_mm"])
    box = tuple(slice(int(a) - 3, int(b) + 5) for a, b in zip(low, high, strict=True))
    over = reference.volume.values[box].astype(float) - lesion["background_hu"]
    noise = 12.0 * np.sqrt(over.size) * 3 * grid.voxel_mm3  # generous: neighbors are correlated
    assert over.sum() * grid.voxel_mm3 == pytest.approx(lesion["content_hu_mm3"], rel=0.005, abs=3 * noise)


def test_the_spheres_lie_too_far_apart_to_be_one_lesion():
    spheres = [deposit.part.envelope for deposit in scene_of("spheres").deposits]
    assert len(spheres) == 9
    for one, other in combinations(spheres, 2):
        apart = np.linalg.norm(np.subtract(one.center_mm, other.center_mm))
        assert apart - one.radii_mm[0] - other.radii_mm[0] > 25


def test_every_deposit_lies_in_homogeneous_tissue():
    for name in (*SMALL, "spheres"):
        scene = scene_of(name)
        for deposit in scene.deposits:
            low, high = (np.array(corner)[:, None] for corner in deposit.part.envelope.box_mm)
            points = (low - 2 + (high - low + 4) * np.random.default_rng(0).random((3, 3000))).astype(np.float32)
            near = points[:, deposit.part.envelope.distance(points) < 2]
            painted = [part.paint(near)[0] for part in (*scene.tissues, *(bone.part for bone in scene.bones))]
            top = painted[0]
            for layer in painted[1:]:
                top = np.where(np.isnan(layer), top, layer)
            assert (top == scene.background_hu).all(), f"{name}: {deposit.name}"
