"""Radiographs: view, side and site by the header alone; what is none is refused by name; which of several is taken."""

from __future__ import annotations

import zipfile
from pathlib import Path

import numpy as np
import pytest
from film_files import CR, DX, SECONDARY, film, item, limb, picture, save

from calcimeter.errors import AmbiguousSeries, Refused, UnsupportedStudy, UsageError
from calcimeter.load.modality import RADIOGRAPH, modality_of
from calcimeter.load.radiograph.study import RadiographOptions, load_radiograph
from calcimeter.model.radiograph import Radiograph


def loaded(folder: Path, **tags: object) -> Radiograph:
    return load_radiograph(save(film(**tags), folder))


def codes(study: Radiograph) -> set[str]:
    return {one.code for one in study.caveats}


@pytest.mark.parametrize(
    ("tags", "words"),
    [
        ({"Modality": "RF", "SOPClassUID": "1.2.840.10008.5.1.4.1.1.12.2"}, "fluoroscopy"),
        ({"Modality": "XA", "SOPClassUID": "1.2.840.10008.5.1.4.1.1.12.1"}, "angiogram"),
        ({"Modality": "MG", "SOPClassUID": "1.2.840.10008.5.1.4.1.1.1.2"}, "mammogram"),
        ({"Modality": "OT", "SOPClassUID": SECONDARY}, "secondary capture"),
        ({"SOPClassUID": SECONDARY}, "secondary capture"),
        ({"NumberOfFrames": 12}, "several frames"),
        ({"SamplesPerPixel": 3, "PhotometricInterpretation": "RGB"}, "in color"),
        ({"PhotometricInterpretation": "PALETTE COLOR"}, "in color"),
        ({"ImageType": ["DERIVED", "PRIMARY", "TOMO"]}, "tomosynthesis"),
        ({"PixelIntensityRelationship": "DIFF"}, "difference"),
        ({"SOPClassUID": "1.2.840.10008.5.1.4.1.1.11.1"}, "no image of a radiograph"),
    ],
)
def test_what_is_no_radiograph_is_refused_by_name(tmp_path: Path, tags: dict[str, object], words: str) -> None:
    path = save(film(**tags), tmp_path)
    with pytest.raises(UnsupportedStudy, match=words) as refused:
        load_radiograph(path)
    assert "Secret" not in str(refused.value)
    assert modality_of(path) == RADIOGRAPH


def test_a_digitized_film_is_taken_with_the_size_of_the_film(tmp_path: Path) -> None:
    tags = {"SOPClassUID": SECONDARY, "ConversionType": "DF", "ImagerPixelSpacing": None}
    study = loaded(tmp_path, NominalScannedPixelSpacing=[0.15, 0.15], **tags)
    assert study.calibration.plane == "detector"
    assert study.calibration.pixel_mm == pytest.approx(0.15)


@pytest.mark.parametrize(
    ("tags", "view"),
    [
        ({}, "anteroposterior"),
        ({"ViewPosition": "PA"}, "posteroanterior"),
        ({"ViewPosition": "LL", "PatientOrientation": ["A", "F"]}, "lateral"),
        (
            {"ViewPosition": None, "ViewCodeSequence": [item(CodeValue="399067008")], "PatientOrientation": None},
            "lateral",
        ),
        ({"ViewPosition": None, "PatientOrientation": ["A", "F"]}, "lateral"),
        ({"ViewPosition": None}, None),
    ],
)
def test_the_view_is_what_the_header_says(tmp_path: Path, tags: dict[str, object], view: str | None) -> None:
    assert loaded(tmp_path, **tags).view == view


@pytest.mark.parametrize(
    "tags",
    [
        {"PatientOrientation": ["A", "F"]},
        {"ViewCodeSequence": [item(CodeValue="399067008")]},
        {"SeriesDescription": "KNEE LAT"},
        {"ProtocolName": "Hip Lauenstein"},
        {"ViewPosition": "LL"},
        {"PositionerPrimaryAngle": "-90"},
    ],
)
def test_a_lateral_view_named_frontal_is_no_view(tmp_path: Path, tags: dict[str, object]) -> None:
    study = loaded(tmp_path, **tags)
    assert study.view is None
    assert study.columns_toward is None
    assert "VIEW_CONTRADICTS" in codes(study)


@pytest.mark.parametrize(
    ("tags", "side"),
    [
        ({"ImageLaterality": "L"}, "left"),
        ({"Laterality": "R"}, "right"),
        ({"ImageLaterality": "B"}, None),
        ({"ImageLaterality": "U", "Laterality": "L"}, None),
        ({"ImageLaterality": "L", "BodyPartExamined": "PELVIS"}, None),
        ({}, None),
    ],
)
def test_the_side_is_that_of_the_tags(tmp_path: Path, tags: dict[str, object], side: str | None) -> None:
    assert loaded(tmp_path, **tags).laterality == side


@pytest.mark.parametrize(
    ("keyword", "said"),
    [
        ("SeriesDescription", "Unterschenkel re. ap"),
        ("SeriesDescription", "PIERNA DCHA AP"),
        ("SeriesDescription", "GINOCCHIO DX"),
        ("SeriesDescription", "joelho dto"),
        ("SeriesDescription", "LEG R AP"),
        ("ProtocolName", "høyre legg"),
        ("StudyDescription", "XR right leg"),
        ("RequestedProcedureDescription", "R LOWER LEG"),
    ],
)
def test_a_description_of_the_other_side_casts_doubt_on_a_tag_in_every_short_form(
    tmp_path: Path, keyword: str, said: str
) -> None:
    study = loaded(tmp_path, ImageLaterality="L", **{keyword: said})
    assert study.laterality is None
    assert "RADIOGRAPH_SIDES_CONTRADICT" in codes(study)
    assert loaded(tmp_path, ImageLaterality="R", **{keyword: said}).laterality == "right"


@pytest.mark.parametrize(
    "tags",
    [
        {"SeriesDescription": "DX KNEE AP"},
        {"SeriesDescription": "RE-TAKE KNEE"},
        {"SeriesDescription": "KNEE", "StudyDescription": "R/O fracture"},
        {"SeriesDescription": "left knee", "StudyDescription": "XR both knees AP and lateral"},
        {"StudyDescription": "XR knee left and right"},
        {"SeriesDescription": "KNIE DER"},
    ],
)
def test_words_that_stand_for_other_things_cast_no_doubt(tmp_path: Path, tags: dict[str, object]) -> None:
    study = loaded(tmp_path, ImageLaterality="L", **tags)
    assert study.laterality == "left"
    assert study.view == "anteroposterior"


def test_a_coded_side_counts_and_two_sides_are_none(tmp_path: Path) -> None:
    region = [item(AnatomicRegionModifierSequence=[item(CodeValue="7771000")])]
    assert loaded(tmp_path, AnatomicRegionSequence=region).laterality == "left"

    study = loaded(tmp_path, AnatomicRegionSequence=region, ImageLaterality="R")
    assert study.laterality is None
    assert "RADIOGRAPH_SIDES_CONTRADICT" in codes(study)


@pytest.mark.parametrize(
    ("tags", "toward"),
    [
        ({}, "left"),
        ({"PatientOrientation": ["R", "F"]}, "right"),
        ({"PatientOrientation": None}, None),
        ({"ViewPosition": None}, None),
    ],
)
def test_columns_go_where_orientation_says_in_a_frontal_view(
    tmp_path: Path, tags: dict[str, object], toward: str | None
) -> None:
    assert loaded(tmp_path, **tags).columns_toward == toward


def test_a_frontal_image_is_taken_before_a_lateral_one_and_the_other_is_listed(tmp_path: Path) -> None:
    save(film(ViewPosition="LL", PatientOrientation=["A", "F"], SOPInstanceUID="1.2.3.9"), tmp_path, "a.dcm")
    save(film(), tmp_path, "b.dcm")

    study = load_radiograph(tmp_path)
    assert study.view == "anteroposterior"
    assert [other.modality for other in study.alternatives] == ["CR"]
    assert load_radiograph(tmp_path, RadiographOptions("1.2.3.9")).view == "lateral"


def test_two_images_alike_are_a_choice_that_the_caller_has_to_make(tmp_path: Path) -> None:
    save(film(), tmp_path, "a.dcm")
    save(film(), tmp_path, "a-copy.dcm")
    assert load_radiograph(tmp_path).view == "anteroposterior"

    save(film(SOPInstanceUID="1.2.3.9", ImageLaterality="L"), tmp_path, "b.dcm")
    with pytest.raises(AmbiguousSeries, match=r"1\.2\.3\.4 .*1\.2\.3\.9 \(lower leg, left, anteroposterior") as met:
        load_radiograph(tmp_path)
    assert met.value.exit_code == 2
    with pytest.raises(UsageError, match="no radiograph of the UID"):
        load_radiograph(tmp_path, RadiographOptions("9.9"))


def test_a_raw_image_gives_way_to_the_one_made_to_be_looked_at(tmp_path: Path) -> None:
    tags = {"SOPClassUID": DX, "Modality": "DX"}
    save(film(PresentationIntentType="FOR PROCESSING", SOPInstanceUID="1.2.3.9", **tags), tmp_path, "a.dcm")
    save(film(PresentationIntentType="FOR PRESENTATION", **tags), tmp_path, "b.dcm")
    assert load_radiograph(tmp_path).modality == "DX"


def test_a_zip_is_read_and_previews_beside_dicom_are_passed_over(tmp_path: Path) -> None:
    inner = save(film(), tmp_path / "in")
    picture(tmp_path / "in" / "preview.png", limb(8).astype(np.uint8))
    with zipfile.ZipFile(tmp_path / "films.zip", "w") as archive:
        archive.write(inner, "image.dcm")
        archive.write(tmp_path / "in" / "preview.png", "preview.png")

    assert modality_of(tmp_path / "films.zip") == RADIOGRAPH
    assert load_radiograph(tmp_path / "films.zip").source_format == "dicom"
    assert load_radiograph(tmp_path / "in").source_format == "dicom"


def test_pictures_beside_another_image_are_previews(tmp_path: Path) -> None:
    picture(tmp_path / "a.png", limb(8).astype(np.uint8))
    assert modality_of(tmp_path) == RADIOGRAPH
    (tmp_path / "scan.nii.gz").write_bytes(b"")
    assert modality_of(tmp_path) == "CT"
    (tmp_path / "scan.nii.gz").unlink()
    (tmp_path / "damaged.dcm").write_bytes(b"\0" * 128 + b"DICM" + b"\xff" * 50)
    assert modality_of(tmp_path) == "CT"


def test_an_earlier_result_beside_the_image_is_passed_over(tmp_path: Path) -> None:
    save(film(), tmp_path)
    for name in ("analysis.json", "deposits.csv", "report.html"):
        (tmp_path / "out").mkdir(exist_ok=True)
        (tmp_path / "out" / name).write_text("")
    save(film(SOPInstanceUID="1.2.3.9"), tmp_path / "out")
    assert load_radiograph(tmp_path).alternatives == ()


def test_an_input_without_an_image_is_refused(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("nothing")
    with pytest.raises(Refused, match="no radiograph"):
        load_radiograph(tmp_path)
    with pytest.raises(UsageError, match="does not exist"):
        load_radiograph(tmp_path / "none")


def test_what_was_stitched_is_said_to_be(tmp_path: Path) -> None:
    assert "IMAGE_STITCHED" in codes(loaded(tmp_path, ImageType=["DERIVED", "PRIMARY", "STITCHED"]))
    assert "IMAGE_STITCHED" in codes(loaded(tmp_path, ImagerPixelSpacing=[8.0, 8.0]))
    assert "IMAGE_STITCHED" not in codes(loaded(tmp_path))


def test_only_the_class_makes_a_radiograph(tmp_path: Path) -> None:
    assert loaded(tmp_path, SOPClassUID=CR).modality == "CR"


@pytest.mark.parametrize("length", [400, 600, 5000])
def test_a_damaged_copy_beside_the_image_does_not_hide_it(tmp_path: Path, length: int) -> None:
    path = save(film(), tmp_path)
    (tmp_path / "a-copy.dcm").write_bytes(path.read_bytes()[:length])
    assert load_radiograph(tmp_path).values.shape == (96, 128)
