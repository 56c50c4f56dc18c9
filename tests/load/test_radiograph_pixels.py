"""Radiographs: every coding and depth gives the same gray levels, larger where denser; what is damaged is refused."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from coded_images import encoded
from film_files import film, item, limb, picture, save
from pydicom.encaps import encapsulate
from pydicom.uid import (
    UID,
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ImplicitVRLittleEndian,
    JPEG2000Lossless,
    JPEGLSLossless,
    RLELossless,
)

from calcimeter.errors import Refused, UnreadableInput, UnsupportedStudy
from calcimeter.load.radiograph.study import load_radiograph
from calcimeter.model.radiograph import Radiograph


def words(*numbers: int) -> bytes:
    return np.array(numbers, "<u2").tobytes()


def loaded(dataset: object, folder: Path) -> Radiograph:
    return load_radiograph(save(dataset, folder))


@pytest.mark.parametrize("syntax", [JPEG2000Lossless, JPEGLSLossless, RLELossless])
@pytest.mark.parametrize("bits", [10, 12, 16])
def test_a_lossless_compression_changes_nothing(tmp_path: Path, syntax: UID, bits: int) -> None:
    plain = film(bits=bits)
    packed = film(bits=bits)
    packed.file_meta.TransferSyntaxUID = syntax
    packed.PixelData = encapsulate([encoded(limb(bits), str(syntax), bits)])

    same = loaded(packed, tmp_path / "packed")
    assert np.array_equal(same.values, loaded(plain, tmp_path / "plain").values)
    assert np.array_equal(same.values, limb(bits).astype(np.float32))


def test_eight_bits_in_run_lengths_are_read(tmp_path: Path) -> None:
    dataset = film(limb(8).astype(np.uint8), bits=8)
    dataset.compress(RLELossless)

    assert np.array_equal(loaded(dataset, tmp_path).values, limb(8).astype(np.float32))


@pytest.mark.parametrize("stored", [limb(8).astype(np.uint8), limb(8)[:, :127].astype(np.uint8), limb(12)])
@pytest.mark.parametrize("syntax", [ImplicitVRLittleEndian, ExplicitVRBigEndian, DeflatedExplicitVRLittleEndian])
def test_every_way_of_writing_plain_pixels_gives_the_same(tmp_path: Path, stored: np.ndarray, syntax: UID) -> None:
    bits = 8 * stored.dtype.itemsize if stored.dtype.itemsize == 1 else 12
    dataset = film(stored, bits=bits)
    dataset.file_meta.TransferSyntaxUID = syntax
    if syntax == ExplicitVRBigEndian:
        data = stored.astype(stored.dtype.newbyteorder(">")).tobytes()
        dataset.PixelData = data + b"\0" * (len(data) % 2)
        dataset["PixelData"].VR = "OB" if stored.dtype.itemsize == 1 else "OW"
        dataset = dataset.__class__("", dataset, file_meta=dataset.file_meta, preamble=b"\0" * 128)
        dataset.set_original_encoding(False, False)

    assert np.array_equal(loaded(dataset, tmp_path).values, stored.astype(np.float32))


def test_jpeg_of_eight_bits_is_read_and_called_lossy(tmp_path: Path) -> None:
    from io import BytesIO

    from PIL import Image

    coded = BytesIO()
    Image.fromarray(limb(8).astype(np.uint8)).save(coded, "JPEG", quality=95)
    dataset = film(limb(8).astype(np.uint8), bits=8, LossyImageCompression="01")
    dataset.file_meta.TransferSyntaxUID = "1.2.840.10008.1.2.4.50"
    dataset.PixelData = encapsulate([coded.getvalue()])

    study = loaded(dataset, tmp_path)
    assert np.abs(study.values - limb(8)).max() < 8
    assert "LOSSY_COMPRESSION" in codes(study)


def test_bits_of_overlays_and_unused_low_bits_are_left_out(tmp_path: Path) -> None:
    raised = (limb(10) << 2 | 0xF000).astype(np.uint16)

    study = loaded(film(raised, bits=10, HighBit=11), tmp_path)
    assert np.array_equal(study.values, limb(10).astype(np.float32))


def test_signed_values_keep_their_sign(tmp_path: Path) -> None:
    stored = (limb(12).astype(np.int32) - 2048).astype(np.int16)
    assert np.array_equal(loaded(film(stored, bits=12), tmp_path).values, stored.astype(np.float32))


@pytest.mark.parametrize(
    ("tags", "turned"),
    [
        ({}, False),
        ({"PhotometricInterpretation": "MONOCHROME1"}, True),
        ({"PhotometricInterpretation": "MONOCHROME1", "PresentationLUTShape": "INVERSE"}, True),
        ({"PixelIntensityRelationshipSign": -1, "PixelIntensityRelationship": "LOG"}, False),
        ({"PhotometricInterpretation": "MONOCHROME1", "PixelIntensityRelationshipSign": 1}, True),
        ({"PhotometricInterpretation": "MONOCHROME1", "PixelIntensityRelationshipSign": -1}, False),
        ({"RescaleSlope": -1, "RescaleIntercept": 4095, "PixelIntensityRelationshipSign": 1}, False),
        ({"VOILUTSequence": [item(LUTDescriptor=[2, 0, 8], LUTData=words(255, 0))]}, True),
    ],
)
def test_larger_is_denser_whatever_the_header_says(tmp_path: Path, tags: dict[str, object], *, turned: bool) -> None:
    scale = -1 if turned else 1
    scale *= int(tags.get("RescaleSlope", 1))
    stored = limb(12) if scale > 0 else (4095 - limb(12)).astype(np.uint16)

    study = loaded(film(stored, **tags), tmp_path)
    assert study.values[48, 64] > study.values[48, 30] > study.values[48, 2]


def test_a_header_that_contradicts_itself_on_black_and_white_is_said_to(tmp_path: Path) -> None:
    study = loaded(film(PixelIntensityRelationshipSign=1, PresentationIntentType="FOR PRESENTATION"), tmp_path)
    assert "POLARITY_CONTRADICTS" in codes(study)


def test_windows_cut_nothing_off(tmp_path: Path) -> None:
    study = loaded(film(WindowCenter=500, WindowWidth=10), tmp_path)
    assert np.array_equal(study.values, limb(12).astype(np.float32))


def test_counts_of_rays_become_what_attenuates(tmp_path: Path) -> None:
    # A deposit that halves the rays adds the same over little and over much tissue.
    rays = np.full((96, 128), 40000, np.uint16)
    rays[:, 64:] = 10000
    rays[40:50] //= 2
    rays[0, 0] = 39999
    tags = {"PixelIntensityRelationship": "LIN", "PixelIntensityRelationshipSign": 1}

    study = loaded(film(rays, bits=16, PhotometricInterpretation="MONOCHROME1", **tags), tmp_path)
    added = study.values[45] - study.values[60]
    assert np.isclose(added[10], added[100], rtol=1e-3)
    assert added[10] > 0


def test_padding_and_a_table_of_the_modality(tmp_path: Path) -> None:
    stored = limb(12)
    stored[:, :10] = 4095
    table = item(LUTDescriptor=[4096, 0, 16], LUTData=words(*range(0, 8192, 2)))

    study = loaded(film(stored, PixelPaddingValue=4095, ModalityLUTSequence=[table]), tmp_path)
    assert not study.exposed[:, :10].any()
    assert study.exposed[:, 30:98].all()
    assert study.values[48, 64] == 2 * limb(12)[48, 64]


def test_a_damaged_or_short_image_is_refused(tmp_path: Path) -> None:
    path = save(film(), tmp_path)
    path.write_bytes(path.read_bytes()[:-500])
    with pytest.raises(UnreadableInput, match="cut short"):
        load_radiograph(path)

    packed = film()
    packed.file_meta.TransferSyntaxUID = JPEG2000Lossless
    packed.PixelData = encapsulate([encoded(limb(12), str(JPEG2000Lossless), 12)[:300] + b"\xff\xd9"])
    with pytest.raises(Refused):
        loaded(packed, tmp_path / "packed")


@pytest.mark.parametrize("tags", [{"Rows": 95}, {"Columns": 127}, {"BitsAllocated": 8, "BitsStored": 8, "HighBit": 7}])
def test_a_size_that_does_not_fit_the_pixels_is_refused(tmp_path: Path, tags: dict[str, object]) -> None:
    with pytest.raises(UnreadableInput, match="more pixels"):
        loaded(film(**tags), tmp_path)


def test_an_impossible_size_is_refused_before_memory_is_asked_for(tmp_path: Path) -> None:
    with pytest.raises(UnsupportedStudy, match="65000 x 65000"):
        loaded(film(Rows=65000, Columns=65000), tmp_path)


@pytest.mark.parametrize("name", ["film.png", "film.jpg", "deep.png", "color.png", "seen-through.png", "palette.png"])
def test_pictures_are_gray_levels_without_a_size(tmp_path: Path, name: str) -> None:
    from PIL import Image

    gray = limb(8).astype(np.uint8)
    values = {
        "deep.png": limb(16),
        "color.png": np.repeat(gray[..., None], 3, axis=2),
        "seen-through.png": np.dstack([gray, gray, gray, np.full_like(gray, 255)]),
    }.get(name, gray)
    path = picture(tmp_path / name, values)
    if name == "palette.png":
        Image.fromarray(gray).convert("P").save(path)

    study = load_radiograph(path)
    expected = limb(16 if name == "deep.png" else 8)
    assert np.abs(study.values - expected).max() <= (8 if name.endswith("jpg") else 0)
    assert study.calibration.plane == "none"
    assert study.bits == (16 if name == "deep.png" else 8)
    assert {"CALIBRATION_NONE", "POLARITY_ASSUMED"} <= codes(study)


def test_a_photograph_of_a_film_is_marked_and_a_drawing_is_refused(tmp_path: Path) -> None:
    gray = limb(8).astype(np.float64)
    tinted = np.dstack([gray * 0.85, gray * 0.95, gray]).astype(np.uint8)
    assert "PHOTOGRAPH" in codes(load_radiograph(picture(tmp_path / "photo.png", tinted)))

    drawn = np.dstack([gray, gray, gray]).astype(np.uint8)
    drawn[10:20, 10:40] = (255, 0, 0)
    with pytest.raises(UnsupportedStudy, match="in color"):
        load_radiograph(picture(tmp_path / "drawn.png", drawn))


def test_a_damaged_picture_is_refused(tmp_path: Path) -> None:
    path = picture(tmp_path / "film.png", limb(8).astype(np.uint8))
    path.write_bytes(path.read_bytes()[:400])
    with pytest.raises(UnreadableInput, match="damaged picture"):
        load_radiograph(path)


def codes(study: Radiograph) -> set[str]:
    return {one.code for one in study.caveats}
