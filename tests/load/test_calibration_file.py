"""The file with which a person calibrates a scan."""

from __future__ import annotations

import pytest

from calcimeter.errors import UsageError
from calcimeter.load.calibration_file import load_calibration_file
from calcimeter.model.calibration import PhantomScan, Rod


def load(tmp_path, text):
    path = tmp_path / "calibration.yaml"
    path.write_text(text, encoding="utf-8")
    return load_calibration_file(path)


def test_rods_are_read_as_boxes_or_by_middle_and_radius(tmp_path):
    found = load(
        tmp_path,
        """
        rods:
          - {mg_ha_per_ml: 0, box_mm: [[4, 2, 1], [0, 6, 3]]}
          - {mg_ha_per_ml: 200, center_mm: [10, 20, 30], radius_mm: 2}
        """,
    )

    first, second = found.rods
    assert first == Rod(0.0, (0.0, 2.0, 1.0), (4.0, 6.0, 3.0))
    assert second.mg_ha_per_ml == 200
    assert second.low_mm == pytest.approx((10 - 2**0.5, 20 - 2**0.5, 28))
    assert second.high_mm == pytest.approx((10 + 2**0.5, 20 + 2**0.5, 32))


def test_a_phantom_is_read(tmp_path):
    found = load(tmp_path, "phantom: {kvp: 120, mg_ha_per_ml_per_hu: 0.81, kernel: B35f}")

    assert found.phantom == PhantomScan(120.0, 0.81, None, "B35f")
    assert found.rods == ()


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("", "neither"),
        ("[1", "YAML"),
        ("rods: []", "no list"),
        ("rods: [1]", "rod 1"),
        ("rods: [{mg_ha_per_ml: 200}]", "rod 1"),
        ("rods: [{mg_ha_per_ml: -5, box_mm: [[0, 0, 0], [1, 1, 1]]}]", "-5"),
        ("rods: [{mg_ha_per_ml: true, box_mm: [[0, 0, 0], [1, 1, 1]]}]", "True"),
        ("rods: [{mg_ha_per_ml: 200, box_mm: [[0, 0], [1, 1]]}]", "three numbers"),
        ("rods: [{mg_ha_per_ml: 200, center_mm: [0, 0, .nan], radius_mm: 2}]", "nan"),
        ("phantom: {kvp: 120}", "phantom"),
        ("phantom: {kvp: 1200, mg_ha_per_ml_per_hu: 0.8}", "1200"),
        ("phantom: {kvp: 120, mg_ha_per_ml_per_hu: 0.8, kernel: 5}", "text"),
        ("phantom: {kvp: 120, mg_ha_per_ml_per_hu: 0.8}\nrods: []", "one of the two"),
    ],
)
def test_what_is_not_of_the_form_is_refused_with_what_was_expected(tmp_path, text, word):
    with pytest.raises(UsageError, match=word):
        load(tmp_path, text)


def test_a_file_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(UsageError, match="can't be read"):
        load_calibration_file(tmp_path / "none.yaml")
