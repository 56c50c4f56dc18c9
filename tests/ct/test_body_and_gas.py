"""The patient is found without table and mattress, and gas inside without folds of the skin."""

from __future__ import annotations

import numpy as np
import pytest
from ct_cases import AIR_HU, TISSUE_HU, cylinder, study_of, volume_of, with_noise

from calcimeter.ct.body import find_body
from calcimeter.ct.gas import find_gas
from calcimeter.ct.settings import BodySettings, GasSettings
from calcimeter.errors import GeometryError, UnsupportedStudy
from calcimeter.model.anatomy import Mask
from calcimeter.model.lesion import Category
from calcimeter.pipeline import analyze_ct

SHAPE, SPACING = (12, 140, 180), (3.0, 1.0, 1.0)
ROUND = cylinder(SHAPE, (60, 90), 45, SPACING)


def scene(*parts):
    """Air, then each part's HU where its mask is set."""
    values = np.full(SHAPE, AIR_HU, dtype=np.int16)
    for inside, hu in parts:
        values[inside] = hu
    return values


def rows(first, last):
    inside = np.zeros(SHAPE, dtype=bool)
    inside[:, first:last, 10:170] = True
    return inside


def body_of(values, spacing=SPACING):
    return find_body(volume_of(values, spacing), BodySettings()).to_bool()


@pytest.mark.parametrize("gap", [0, 1, 6])
@pytest.mark.parametrize("table_hu", [100, 400])
def test_a_table_is_not_body(gap, table_hu):
    """A sheet 3 mm thick under the patient, on a grid of 2 mm.

    Where it lies within 4 mm of the skin, 2 of skin and 2 of the grid, it can't be told apart: 20 mm to either side
    under a back of 45 mm radius.
    """
    top = 106 + gap
    table = rows(top, top + 3) & ~ROUND
    values = with_noise(scene((ROUND, TISSUE_HU), (table, table_hu)), 10)

    body = body_of(values)

    far = table.copy()
    far[:, :, 70:110] = False
    assert not (body & far).any()
    assert body[ROUND].mean() > 0.999


@pytest.mark.parametrize(("table_hu", "gap"), [(200, 0), (400, 1), (400, 6)])
def test_a_dense_table_under_the_skin_is_never_calcification_of_soft_tissue(table_hu, gap):
    table = rows(106 + gap, 109 + gap) & ~ROUND
    values = with_noise(scene((ROUND, TISSUE_HU), (table, table_hu)), 10)

    analysis = analyze_ct(study_of(volume_of(values, SPACING)))

    assert analysis.of_category(Category.SOFT_TISSUE) == ()


def test_a_mattress_and_a_box_of_foam_are_not_body():
    values = scene((rows(108, 128), -920), (ROUND, TISSUE_HU))

    assert not (body_of(values) & rows(108, 128)).any()


def test_everything_inside_the_skin_is_body_gas_bone_and_metal_too():
    values = scene(
        (ROUND, TISSUE_HU),
        (cylinder(SHAPE, (60, 75), 18, SPACING), -900),
        (cylinder(SHAPE, (60, 110), 10, SPACING), 1200),
        (cylinder(SHAPE, (40, 95), 4, SPACING), 3071),
    )

    body = body_of(values)

    assert body[ROUND].mean() > 0.999
    # The border follows a grid of 2 mm; all of the air is farther out.
    assert not body[~cylinder(SHAPE, (60, 90), 48, SPACING)].any()


def test_both_legs_are_body_and_the_air_between_them_is_not():
    legs = cylinder(SHAPE, (60, 45), 35, SPACING) | cylinder(SHAPE, (60, 135), 35, SPACING)

    body = body_of(scene((legs, TISSUE_HU)))

    assert body[legs].mean() > 0.999
    assert not body[:, 20:100, 88:92].any()


def test_a_body_cut_by_the_border_of_the_images_is_whole():
    cut = cylinder(SHAPE, (60, 10), 60, SPACING)

    body = body_of(scene((cut, TISSUE_HU)))

    assert body[cut].mean() > 0.999


@pytest.mark.parametrize("spacing", [(3.0, 0.7, 0.7), (1.0, 1.5, 1.5), (5.0, 2.0, 2.0)])
def test_the_body_is_found_on_fine_and_coarse_grids(spacing):
    inside = cylinder(SHAPE, (60, 90), 40, spacing)

    body = body_of(scene((inside, TISSUE_HU)), spacing)

    assert body[inside].mean() > 0.999
    assert body.sum() == pytest.approx(inside.sum(), rel=0.1)


@pytest.mark.parametrize(
    "values",
    [
        scene(),
        scene((rows(100, 103), 100)),
        scene((cylinder(SHAPE, (60, 90), 8, SPACING), TISSUE_HU)),
        scene((ROUND, 900)),
    ],
    ids=["air", "a table", "a rod", "metal"],
)
def test_images_without_a_patient_are_refused_in_one_line(values):
    with pytest.raises(UnsupportedStudy, match="patient") as refusal:
        body_of(values)

    assert "\n" not in str(refusal.value)


def test_a_body_wider_than_any_scanner_is_refused_for_its_pixels_are_not_as_large_as_said():
    """90 mm at pixels of 1 mm; voxels ten times as large are what tenths of a millimeter make."""
    with pytest.raises(GeometryError, match=r"a body \d+ mm wide, expected at most 1000 mm"):
        body_of(scene((ROUND, TISSUE_HU)), (3.0, 12.0, 12.0))

    assert body_of(scene((ROUND, TISSUE_HU)), (3.0, 10.0, 10.0)).any()


def gas_of(*parts):
    values = scene((ROUND, TISSUE_HU), *parts)
    return find_gas(volume_of(values, SPACING), Mask.from_bool(ROUND), GasSettings())


def test_gas_of_the_bowel_is_found_with_its_volume():
    pocket = cylinder(SHAPE, (60, 90), 9, SPACING)
    gas = gas_of((pocket, -900))

    # Both borders lie on a grid of 2 mm, a fifth of the radius.
    assert gas.bowel_mm3 == pytest.approx(pocket.sum() * 3.0, rel=0.4)
    assert gas.lungs_mm3 == 0
    assert gas.bowel.to_bool()[pocket].mean() > 0.8
    assert not gas.bowel.to_bool()[~cylinder(SHAPE, (60, 90), 12, SPACING)].any()


def test_three_hundred_milliliters_of_connected_gas_are_lung():
    shape, spacing = (30, 140, 180), (5.0, 1.0, 1.0)
    chest, lung = cylinder(shape, (60, 90), 55, spacing), cylinder(shape, (60, 90), 35, spacing)
    values = np.where(lung, -850, np.where(chest, TISSUE_HU, AIR_HU)).astype(np.int16)

    gas = find_gas(volume_of(values, spacing), Mask.from_bool(chest), GasSettings())

    assert gas.lungs_mm3 == pytest.approx(np.pi * 35**2 * 150, rel=0.1)
    assert gas.bowel_mm3 == 0
    assert gas.bowel.voxels() == 0


def test_air_in_a_fold_of_the_skin_is_not_gas():
    """A fold 4 mm wide, no deeper than 6 mm under the skin."""
    fold = ROUND & ~cylinder(SHAPE, (60, 90), 39, SPACING)
    fold[:, :, :88] = fold[:, :, 92:] = False

    assert gas_of((fold, -1000)).bowel_mm3 == 0


def test_without_gas_there_is_none():
    gas = gas_of()

    assert (gas.bowel_mm3, gas.lungs_mm3, gas.bowel.voxels()) == (0, 0, 0)
