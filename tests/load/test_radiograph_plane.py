"""How long a pixel of a radiograph is, and in which plane: every way that a header tells it, and a reader's scale."""

from __future__ import annotations

from pathlib import Path

import pytest
from film_files import film, limb, picture, save
from hypothesis import given
from hypothesis import strategies as st

from calcimeter.errors import GeometryError, UsageError
from calcimeter.load.radiograph.marks import marks_of, scale_of
from calcimeter.load.radiograph.plane import Scale
from calcimeter.load.radiograph.study import RadiographOptions, load_radiograph
from calcimeter.model.measures import Estimate
from calcimeter.model.plane import PlaneCalibration
from calcimeter.model.radiograph import Radiograph


def loaded(folder: Path, scale: str | None = None, **tags: object) -> Radiograph:
    return load_radiograph(save(film(**tags), folder), RadiographOptions(scale=scale_of(scale)))


def codes(study: Radiograph) -> set[str]:
    return {one.code for one in study.caveats}


@pytest.mark.parametrize(
    ("tags", "plane", "pixel_mm", "magnification"),
    [
        ({}, "detector", 0.2, None),
        ({"PixelSpacing": [0.2, 0.2]}, "detector", 0.2, None),
        ({"PixelSpacing": [0.16, 0.16]}, "patient", 0.16, 1.25),
        ({"PixelSpacing": [0.16, 0.16], "PixelSpacingCalibrationType": "GEOMETRY"}, "patient", 0.16, 1.25),
        ({"PixelSpacing": [0.17, 0.17], "PixelSpacingCalibrationType": "FIDUCIAL"}, "patient", 0.17, 0.2 / 0.17),
        ({"EstimatedRadiographicMagnificationFactor": 1.25}, "patient", 0.16, 1.25),
        ({"DistanceSourceToDetector": 1150, "DistanceSourceToPatient": 1000}, "patient", 0.2 / 1.15, 1.15),
        # A factor of 1 says that nothing was thought of: nothing lies in the plane of the detector.
        ({"EstimatedRadiographicMagnificationFactor": 1}, "detector", 0.2, None),
        ({"DistanceSourceToDetector": 1150, "DistanceSourceToPatient": 1150}, "detector", 0.2, None),
        ({"ImagerPixelSpacing": None, "PixelSpacing": [0.2, 0.2]}, "detector", 0.2, None),
        (
            {"ImagerPixelSpacing": None, "PixelSpacing": [0.2, 0.2], "PixelSpacingCalibrationType": "FIDUCIAL"},
            "patient",
            0.2,
            None,
        ),
        ({"ImagerPixelSpacing": None}, "none", None, None),
        ({"ImagerPixelSpacing": [0, 0]}, "none", None, None),
        ({"ImagerPixelSpacing": [0, 0], "PixelSpacing": [0, 0]}, "none", None, None),
        ({"ImagerPixelSpacing": None, "PixelSpacing": [50, 50]}, "none", None, None),
        ({"ImagerPixelSpacing": None, "PixelSpacing": [-0.2, -0.2]}, "none", None, None),
    ],
)
def test_a_header_tells_the_plane(
    tmp_path: Path, tags: dict[str, object], plane: str, pixel_mm: float | None, magnification: float | None
) -> None:
    calibration = loaded(tmp_path, **tags).calibration
    assert calibration.plane == plane
    assert calibration.pixel_mm == (None if pixel_mm is None else pytest.approx(pixel_mm))
    assert calibration.magnification == (None if magnification is None else pytest.approx(magnification))


@pytest.mark.parametrize(
    "tags",
    [
        {
            "EstimatedRadiographicMagnificationFactor": 1.1,
            "DistanceSourceToDetector": 1300,
            "DistanceSourceToPatient": 1000,
        },
        {"PixelSpacing": [0.16, 0.16], "EstimatedRadiographicMagnificationFactor": 1.05},
        {"PixelSpacing": [0.3, 0.3]},
    ],
)
def test_what_contradicts_itself_is_said_and_widens_the_interval(tmp_path: Path, tags: dict[str, object]) -> None:
    study = loaded(tmp_path, **tags)
    assert "CALIBRATION_CONTRADICTS" in codes(study)
    factors = study.calibration.factors
    assert factors is not None
    assert factors[1] - factors[0] > 0.2


def test_of_two_spacings_that_contradict_each_other_the_interval_holds_both(tmp_path: Path) -> None:
    # The image was made coarser and one of the two attributes left as it was.
    study = loaded(tmp_path, PixelSpacing=[0.4, 0.4])
    length = study.calibration.length(Estimate(100.0, 100.0, 100.0))
    assert length is not None
    assert length.low is not None
    assert length.high is not None
    assert length.low < 20 < 40 < length.high


def test_lengths_at_the_detector_hold_every_magnification_that_can_be(tmp_path: Path) -> None:
    study = loaded(tmp_path, DistanceSourceToDetector=1000)
    length = study.calibration.length(Estimate(100.0, 99.0, 101.0))
    assert length is not None
    assert length.value == pytest.approx(20.0)
    # A deposit 300 mm before a detector 1000 mm away is 14 mm long; none is longer than its shadow.
    assert length.low is not None
    assert length.high is not None
    assert length.low < 14.0
    assert 20.2 < length.high < 20.5
    assert "CALIBRATION_DETECTOR_PLANE" in codes(study)


def test_a_scale_wins_over_the_header_and_is_checked_against_it(tmp_path: Path) -> None:
    # A ball of 25 mm that is 150 pixels wide: 0.167 mm a pixel, magnified 1.2 times.
    study = loaded(tmp_path, "-0.5,20,127.5,20,21.3333", PixelSpacing=[0.18, 0.18])
    assert study.calibration.plane == "patient"
    assert study.calibration.pixel_mm == pytest.approx(1 / 6, rel=1e-4)
    assert study.calibration.magnification == pytest.approx(1.2, rel=1e-4)

    with pytest.raises(UsageError, match="check points and length"):
        loaded(tmp_path, "10,20,110,20,50")
    with pytest.raises(UsageError, match="outside the image"):
        loaded(tmp_path, "10,20,500,20,50")


@pytest.mark.parametrize(
    ("scale", "tags", "pixel_mm"),
    [
        # A ball of half its length, where the header tells the magnification of the patient.
        ("10,20,110,20,12.2", {"EstimatedRadiographicMagnificationFactor": 1.25}, 0.16),
        ("10,20,110,20,12.2", {"PixelSpacing": [0.16, 0.16]}, 0.16),
        (
            "10,20,110,20,40",
            {"ImagerPixelSpacing": None, "PixelSpacing": [0.2, 0.2], "PixelSpacingCalibrationType": "FIDUCIAL"},
            0.2,
        ),
    ],
)
def test_a_scale_that_contradicts_the_header_is_said_and_the_interval_holds_both(
    tmp_path: Path, scale: str, tags: dict[str, object], pixel_mm: float
) -> None:
    study = loaded(tmp_path, scale, **tags)
    assert "CALIBRATION_CONTRADICTS" in codes(study)
    length = study.calibration.length(Estimate(100.0, 100.0, 100.0))
    assert length is not None
    assert length.low is not None
    assert length.high is not None
    assert length.low <= min(length.value, 100 * pixel_mm)
    assert length.high >= max(length.value, 100 * pixel_mm)


def test_a_scale_that_the_header_bears_out_has_no_caveat_and_its_own_interval(tmp_path: Path) -> None:
    alone = loaded(tmp_path, "10,20,110,20,16.3", ImagerPixelSpacing=[0.2, 0.2])
    study = loaded(tmp_path, "10,20,110,20,16.3", PixelSpacing=[0.16, 0.16])
    assert "CALIBRATION_CONTRADICTS" not in codes(study)
    assert study.calibration == alone.calibration


@pytest.mark.parametrize(
    "tags",
    [
        {"ImagerPixelSpacing": None, "PixelSpacing": [0.2, 0.2]},
        {"ImagerPixelSpacing": None, "PixelSpacing": [0.2, 0.2], "PixelSpacingCalibrationType": "FIDUCIAL"},
    ],
)
def test_a_scale_that_no_geometry_brings_together_with_the_header_is_wrong_usage(
    tmp_path: Path, tags: dict[str, object]
) -> None:
    with pytest.raises(UsageError, match=r"where the header says 0\.200 mm .*; check points and length"):
        loaded(tmp_path, "10,20,110,20,200", **tags)


@pytest.mark.parametrize("length_mm", [2000.0, 0.5])
def test_a_scale_by_which_an_image_has_a_size_that_no_radiograph_has_is_wrong_usage(
    tmp_path: Path, length_mm: float
) -> None:
    path = picture(tmp_path / "film.png", limb(8).astype("uint8"))
    with pytest.raises(UsageError, match=r"expected 15 to 2500 mm, as radiographs are; check points and length"):
        load_radiograph(path, RadiographOptions(scale=Scale((10, 10), (21, 10), length_mm)))


def test_a_scale_gives_a_picture_its_size(tmp_path: Path) -> None:
    path = picture(tmp_path / "film.png", limb(8).astype("uint8"))
    study = load_radiograph(path, RadiographOptions(scale=Scale((10, 10), (110, 10), 25.0)))
    assert study.calibration.plane == "patient"
    assert study.calibration.pixel_mm == pytest.approx(0.25)
    length = study.calibration.length(Estimate(100.0, 100.0, 100.0))
    assert length is not None
    assert length.high is not None
    assert length.high - length.value >= 25 * 0.028  # two clicks of 2 pixels on 100


@pytest.mark.parametrize("tags", [{"ImagerPixelSpacing": [0.2, 0.3]}, {"PixelAspectRatio": [2, 1]}])
def test_pixels_that_are_not_square_are_refused(tmp_path: Path, tags: dict[str, object]) -> None:
    with pytest.raises(GeometryError, match="not square"):
        loaded(tmp_path, **tags)


@pytest.mark.parametrize(
    ("said", "message"),
    [("1,2,3,4", "4 values"), ("1,2,3,4,x", "expected --scale"), ("1,2,3,4,5", "10 pixels"), ("1,2,90,4,0", "0 mm")],
)
def test_a_scale_that_is_none_is_refused(said: str, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        scale_of(said)


def test_marks_are_columns_and_rows() -> None:
    marks = marks_of(["10,20", (3, 4)], "50,60,20,30")
    assert marks.points == ((10, 20), (3, 4))
    assert marks.boxes == ((20, 30, 50, 60),)
    assert marks
    assert not marks_of(None, None)
    for wrong in ("10", "10,20,30", "nan,3"):
        with pytest.raises(UsageError, match="--at"):
            marks_of(wrong, None)
    with pytest.raises(UsageError, match="inside"):
        marks_of(None, "1,1,2,1")


@given(st.floats(0.7, 1.0), st.floats(1.0, 1.2), st.floats(1, 1000), st.floats(0, 0.2))
def test_an_interval_holds_that_of_the_outline_and_that_of_the_plane(
    low: float, high: float, pixels: float, share: float
) -> None:
    plane = PlaneCalibration("patient", 0.2, (low, high), None, "")
    length = plane.length(Estimate(pixels, pixels * (1 - share), pixels * (1 + share)))
    assert length is not None
    assert length.low is not None
    assert length.high is not None
    assert length.low <= 0.2 * pixels * min(low, 1 - share) + 1e-9
    assert length.high >= 0.2 * pixels * max(high, 1 + share) - 1e-9
