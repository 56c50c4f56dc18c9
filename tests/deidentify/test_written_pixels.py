"""Writing in the pixels is refused or masked; compressed pixels lose their comments and nothing else."""

from __future__ import annotations

import numpy as np
import pydicom
import pytest
from pydicom.encaps import encapsulate, get_frame
from pydicom.uid import MPEG4HP41, JPEG2000Lossless, JPEGLSLossless, RLELossless

from calcimeter.deidentify.folder import deidentify
from calcimeter.deidentify.streams import without_comments
from calcimeter.errors import UnreadableInput, UnsupportedStudy, UsageError
from deidentify.planted_secrets import WORD
from deidentify.slices import one_slice, only, read, write

SECONDARY_CAPTURE = "1.2.840.10008.5.1.4.1.1.7"


@pytest.mark.parametrize(
    "changes",
    [
        {"BurnedInAnnotation": "YES"},
        {"SOPClassUID": SECONDARY_CAPTURE, "BurnedInAnnotation": "NO"},
        {"SOPClassUID": "1.2.840.10008.5.1.4.1.1.6.1", "Modality": "US"},
        {"ImageType": ["DERIVED", "SECONDARY", "SCREEN SAVE"]},
        {"ConversionType": "WSD"},
        {"ImageType": ["DERIVED", "SECONDARY", "OTHER", "CT_SOM5 PROT"]},
        {"SeriesDescription": "Patient Protocol"},
        {"SeriesDescription": "SCREEN_SAVE 3"},
    ],
    ids=["said", "secondary", "ultrasound", "screen", "converted", "protocol", "named protocol", "named screen"],
)
def test_writing_in_the_pixels_is_refused_or_masked(tmp_path, changes):
    write(tmp_path / "in", one_slice(**changes))
    write(tmp_path / "in", one_slice(SOPInstanceUID="1.2.3.4.10"), "plain.dcm")
    with pytest.raises(UnsupportedStudy, match="--mask"):
        deidentify(tmp_path / "in", tmp_path / "out")
    assert not (tmp_path / "out").exists()

    told = deidentify(tmp_path / "in", tmp_path / "out", masks=[(0, 0, 8, 2), (6, 0, 8, 8)])
    original = one_slice().pixel_array
    masked, plain = sorted(read(tmp_path / "out"), key=lambda one: one.get("BurnedInAnnotation", "z"))
    expected = original.copy()
    expected[:2], expected[:, 6:] = 0, 0
    assert told.masked == 1
    assert np.array_equal(masked.pixel_array, expected)
    assert masked.BurnedInAnnotation == "NO"
    assert "113101" in [code.CodeValue for code in masked.DeidentificationMethodCodeSequence]
    assert np.array_equal(plain.pixel_array, original)


def test_a_picture_in_color_is_refused_whatever_its_class(tmp_path):
    dataset = one_slice(SamplesPerPixel=3, PhotometricInterpretation="RGB", PlanarConfiguration=0)
    write(tmp_path / "in", dataset)
    with pytest.raises(UnsupportedStudy, match="in color"):
        deidentify(tmp_path / "in", tmp_path / "out")


@pytest.mark.parametrize("said", ["LOW DOSE CHEST 1.0", "Screening thorax", "T1 proton density", "Becken nativ 5.0"])
def test_series_of_slices_are_not_taken_for_pictures_of_a_screen(tmp_path, said):
    write(tmp_path / "in", one_slice(SeriesDescription=said, ImageType=["ORIGINAL", "PRIMARY", "AXIAL"]))
    assert deidentify(tmp_path / "in", tmp_path / "out").images == 1


def test_comments_between_the_scans_of_a_progressive_image_are_taken_out():
    scans = [b"\xff\xda\x00\x04ab" + pixels for pixels in (b"one\xff\x00\xff\xd0two", b"three\xff\x00")]
    comment = b"\xff\xfe\x00\x0a" + b"SMITH^J "
    table = b"\xff\xc4\x00\x04cd"
    talking = b"".join([b"\xff\xd8", comment, scans[0], comment, table, scans[1], comment, b"\xff\xd9"])
    silent = b"".join([b"\xff\xd8", scans[0], table, scans[1], b"\xff\xd9"])
    assert without_comments(talking) == silent
    assert without_comments(silent) == silent


def test_a_mask_is_put_on_every_image_where_no_header_says_which(tmp_path):
    write(tmp_path / "in", one_slice(SOPClassUID="1.2.840.10008.5.1.4.1.1.1", Modality="CR"))
    told = deidentify(tmp_path / "in", tmp_path / "out", masks=[(0, 0, 8, 2)])
    assert told.masked == 1
    assert not only(tmp_path / "out").pixel_array[:2].any()
    assert np.array_equal(only(tmp_path / "out").pixel_array[2:], one_slice().pixel_array[2:])


def test_what_follows_the_last_pixel_is_cut_off(tmp_path):
    dataset = one_slice()
    dataset.PixelData += WORD.encode()
    write(tmp_path / "in", dataset)
    deidentify(tmp_path / "in", tmp_path / "out")
    assert only(tmp_path / "out").PixelData == one_slice().PixelData
    stream = b"\xff\xd8" + b"\xff\xda\x00\x02pixels\xff\xd9"
    assert without_comments(stream + WORD.encode()) == stream
    assert without_comments(stream + b"\0") == stream + b"\0"


def test_an_image_whose_last_pixels_are_missing_stops_the_run_and_leaves_nothing(tmp_path):
    dataset = one_slice()
    dataset.PixelData = dataset.PixelData[:-2]
    write(tmp_path / "in", dataset)
    with pytest.raises(UnreadableInput, match="damaged image"):
        deidentify(tmp_path / "in", tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_an_overlay_in_unused_bits_is_refused(tmp_path):
    dataset = one_slice(BitsStored=12, HighBit=11)
    dataset.add_new(0x60000102, "US", 12)
    write(tmp_path / "in", dataset)
    with pytest.raises(UnsupportedStudy, match="overlay"):
        deidentify(tmp_path / "in", tmp_path / "out")


@pytest.mark.parametrize("signed", [0, 1])
def test_a_mask_does_not_let_an_overlay_in_unused_bits_through(tmp_path, signed):
    dataset = one_slice(BitsStored=12, HighBit=11, PixelRepresentation=signed)
    before = (np.frombuffer(dataset.PixelData, "<u2") & 0xFFF).reshape(8, 8)
    dataset.PixelData = (before | 0x1000).tobytes()
    dataset.add_new(0x60000102, "US", 12)
    write(tmp_path / "in", dataset)
    deidentify(tmp_path / "in", tmp_path / "out", masks=[(0, 0, 8, 1)])
    after = np.frombuffer(only(tmp_path / "out").PixelData, "<u2").reshape(8, 8)
    negative = (before & 0x800 > 0) & bool(signed)
    assert np.array_equal(after[1:], np.where(negative, before | 0xF000, before)[1:])


def test_compressed_pixels_stay_compressed_and_are_masked_unpacked(tmp_path):
    dataset = one_slice(Rows=32, Columns=32)
    dataset.PixelData = np.random.default_rng(7).integers(1, 4000, 1024).astype("<u2").tobytes()
    original = dataset.pixel_array.copy()
    dataset.compress(JPEG2000Lossless, generate_instance_uid=False)
    write(tmp_path / "in", dataset)
    deidentify(tmp_path / "in", tmp_path / "out")
    assert np.array_equal(only(tmp_path / "out").pixel_array, original)
    assert only(tmp_path / "out").file_meta.TransferSyntaxUID == JPEG2000Lossless

    dataset.BurnedInAnnotation = "YES"
    write(tmp_path / "in", dataset)
    deidentify(tmp_path / "in", tmp_path / "out", masks=[(0, 0, 32, 4)], force=True)
    assert np.array_equal(only(tmp_path / "out").pixel_array[4:], original[4:])
    assert not only(tmp_path / "out").pixel_array[:4].any()


def comes_out_without_the_word(tmp_path, dataset, original):
    """The same pixels before and after, and no word among them."""
    write(tmp_path / "in", dataset)
    assert np.array_equal(pydicom.dcmread(tmp_path / "in" / "a.dcm").pixel_array, original)
    deidentify(tmp_path / "in", tmp_path / "out")

    done = only(tmp_path / "out")
    assert WORD.encode() not in done.PixelData
    assert np.array_equal(done.pixel_array, original)


@pytest.mark.parametrize("syntax", [JPEG2000Lossless, JPEGLSLossless], ids=lambda s: s.name)
def test_comments_in_compressed_pixels_are_taken_out(tmp_path, syntax):
    dataset = one_slice(Rows=32, Columns=32)
    dataset.PixelData = np.random.default_rng(7).integers(1, 4000, 1024).astype("<u2").tobytes()
    original = dataset.pixel_array.copy()
    dataset.compress(syntax, generate_instance_uid=False)
    stream = get_frame(dataset.PixelData, 0, number_of_frames=1)
    code, head = (0x64, 2) if syntax == JPEG2000Lossless else (0xFE, 2)
    if syntax == JPEG2000Lossless:  # behind SIZ, which must come first
        head = 4 + int.from_bytes(stream[4:6], "big")
    note = bytes([0xFF, code]) + (4 + len(WORD)).to_bytes(2, "big") + b"\0\1" + WORD.encode()
    dataset.PixelData = encapsulate([stream[:head] + note + stream[head:]])
    comes_out_without_the_word(tmp_path, dataset, original)
    assert without_comments(stream) == without_comments(without_comments(stream))


@pytest.mark.parametrize("parts", [1, 3])
@pytest.mark.parametrize("open_end", [False, True])
def test_comments_in_the_tiles_of_jpeg_2000_are_taken_out(tmp_path, parts, open_end):
    dataset = one_slice(Rows=32, Columns=32)
    original = np.random.default_rng(7).integers(1, 4000, (32, 32)).astype("<u2")
    dataset.PixelData = original.tobytes()
    dataset.compress(JPEG2000Lossless, generate_instance_uid=False)
    stream = get_frame(dataset.PixelData, 0, number_of_frames=1)
    at = stream.index(b"\xff\x90")
    size = int.from_bytes(stream[at + 6 : at + 10], "big")
    note = (b"\xff\x64" + (4 + len(WORD)).to_bytes(2, "big") + b"\0\1" + WORD.encode()) * parts
    told = 0 if open_end else size + len(note)
    stream = b"".join([stream[: at + 6], told.to_bytes(4, "big"), stream[at + 10 : at + 12], note, stream[at + 12 :]])
    dataset.PixelData = encapsulate([stream])
    comes_out_without_the_word(tmp_path, dataset, original)


def test_of_a_jpeg_2000_file_the_stream_alone_is_kept(tmp_path):
    dataset = one_slice(Rows=32, Columns=32)
    original = np.random.default_rng(7).integers(1, 4000, (32, 32)).astype("<u2")
    dataset.PixelData = original.tobytes()
    dataset.compress(JPEG2000Lossless, generate_instance_uid=False)
    stream = get_frame(dataset.PixelData, 0, number_of_frames=1)
    signature = b"\0\0\0\x0cjP  \r\n\x87\n"
    notes = b"".join((8 + len(WORD)).to_bytes(4, "big") + kind + WORD.encode() for kind in (b"xml ", b"uuid"))
    dataset.PixelData = encapsulate([signature + notes + b"\0\0\0\0jp2c" + stream])
    write(tmp_path / "in", dataset)
    deidentify(tmp_path / "in", tmp_path / "out")

    done = only(tmp_path / "out")
    assert WORD.encode() not in done.PixelData
    assert np.array_equal(done.pixel_array, original)


def test_pixels_compressed_in_an_unknown_way_are_refused_and_run_lengths_are_not(tmp_path):
    dataset = one_slice()
    dataset.compress(RLELossless, generate_instance_uid=False)
    write(tmp_path / "runs", dataset)
    deidentify(tmp_path / "runs", tmp_path / "out")
    assert only(tmp_path / "out").file_meta.TransferSyntaxUID == RLELossless

    dataset.file_meta.TransferSyntaxUID = MPEG4HP41
    dataset.PixelData = encapsulate([b"\0\0\1\xb0" + WORD.encode() * 8])
    write(tmp_path / "video", dataset)
    with pytest.raises(UnsupportedStudy, match="compressed in another way"):
        deidentify(tmp_path / "video", tmp_path / "nothing")
    assert not (tmp_path / "nothing").exists()


def test_a_stream_without_pixels_is_refused(tmp_path):
    with pytest.raises(UnreadableInput):
        without_comments(b"\xff\xd8\xff\xfe\x00\x09SECRET")
    assert without_comments(b"no stream") == b"no stream"


def test_every_frame_and_color_is_masked(tmp_path):
    for planar in (0, 1):
        dataset = one_slice(
            BitsAllocated=8,
            BitsStored=8,
            HighBit=7,
            SamplesPerPixel=3,
            NumberOfFrames=2,
            PhotometricInterpretation="RGB",
            PlanarConfiguration=planar,
            BurnedInAnnotation="YES",
        )
        dataset.PixelData = bytes([255] * (2 * 64 * 3))
        write(tmp_path / "in", dataset)
        deidentify(tmp_path / "in", tmp_path / "out", masks=[(0, 0, 8, 3)], force=True)
        pixels = only(tmp_path / "out").pixel_array
        assert not pixels[:, :3].any()
        assert (pixels[:, 3:] == 255).all()


def test_a_mask_outside_the_image_is_wrong_usage(tmp_path):
    write(tmp_path / "in", one_slice(BurnedInAnnotation="YES"))
    with pytest.raises(UsageError, match="8 x 8"):
        deidentify(tmp_path / "in", tmp_path / "out", masks=[(0, 0, 9, 2)])
    assert not (tmp_path / "out").exists()
