"""Which series is measured, which are left aside, and what is refused with everything that speaks against it."""

from __future__ import annotations

import numpy as np
import pytest
from ct_files import Scan, dicom_slice, make_scan, save, write_dicom

from calcimeter.errors import AmbiguousSeries, GeometryError, Refused, UnreadableInput, UnsupportedStudy, UsageError
from calcimeter.load.dicom.kind import sharpness
from calcimeter.load.options import LoadOptions
from calcimeter.load.study import list_series, load_study

UID = "1.2.826.0.1.3680043.10.1."


def scan_of(number: int, step_mm: float = 2.5, **tags: object) -> Scan:
    scan = make_scan(spacing=(step_mm, 0.75, 0.5), seed=number)
    scan.uid = f"{UID}{number}"
    scan.tags.update(tags)
    return scan


def coronal(scan: Scan) -> Scan:
    """Slices from front to back."""
    scan.affine[:3, :3] = np.array([[0, 0, 0.5], [2.5, 0, 0], [0, -0.75, 0]])
    return scan


def test_the_rule_of_choice_original_transverse_soft_thin(tmp_path) -> None:
    ranked = [
        scan_of(15, 1.25),
        scan_of(12, 2.5),
        scan_of(17, 1.0, ConvolutionKernel="Br40d"),
        scan_of(16, 1.0, ConvolutionKernel="unheard of"),
        scan_of(11, 0.625, ConvolutionKernel="BONEPLUS"),
        coronal(scan_of(13)),
        scan_of(14, 0.5, ImageType=["DERIVED", "SECONDARY"]),
    ]
    ranked = [ranked[2], ranked[0], ranked[1], *ranked[3:]]
    for scan in ranked:
        write_dicom(tmp_path / scan.uid, scan)
    study = load_study(tmp_path)

    assert [summary.series_uid for summary in list_series(tmp_path)] == [scan.uid for scan in ranked]
    assert study.series_uid == ranked[0].uid
    assert [summary.series_uid for summary in study.alternatives] == [scan.uid for scan in ranked[1:]]
    assert {summary.note for summary in study.alternatives} == {""}
    assert study.alternatives[4].orientation == "coronal"


def test_a_series_is_chosen_by_its_uid(tmp_path) -> None:
    for number in (1, 2):
        write_dicom(tmp_path / str(number), scan_of(number))
    study = load_study(tmp_path, LoadOptions(series=f"{UID}2"))

    assert study.series_uid == f"{UID}2"
    assert np.array_equal(study.volume.values, scan_of(2).hu)
    assert [summary.series_uid for summary in study.alternatives] == [f"{UID}1"]
    with pytest.raises(UsageError, match="no series of the input has the UID"):
        load_study(tmp_path, LoadOptions(series="1.2.3"))


def test_a_tie_is_the_callers_to_decide(tmp_path) -> None:
    for number in (1, 2):
        write_dicom(tmp_path / str(number), scan_of(number))

    with pytest.raises(AmbiguousSeries, match=f"--series: {UID}1, {UID}2"):
        load_study(tmp_path)


@pytest.mark.parametrize(
    ("kernel", "rank"),
    [
        *[(kernel, 0) for kernel in ("SOFT", "STANDARD", "B30f", "Br40d\\3", "FC08", "I31f\\2", "B")],
        *[(kernel, 2) for kernel in ("BONE", "LUNG", "B70s", "Br64", "FC51", "YC")],
        *[(kernel, 1) for kernel in (None, "", "DETAIL", "IMR1")],
    ],
)
def test_kernels_are_known_by_their_names(kernel, rank) -> None:
    assert sharpness(kernel) == rank


def test_localizers_reports_and_other_modalities_are_left_aside_with_a_note(tmp_path) -> None:
    write_dicom(tmp_path / "ct", scan_of(1))
    write_dicom(
        tmp_path / "scout", scan_of(1, ImageType=["ORIGINAL", "PRIMARY", "LOCALIZER"], SOPInstanceUID=f"{UID}99")
    )
    write_dicom(tmp_path / "mr", scan_of(2, Modality="MR"))
    write_dicom(tmp_path / "mip", scan_of(3, ImageType=["DERIVED", "SECONDARY", "MIP"]))
    write_dicom(tmp_path / "sc", scan_of(4, SOPClassUID="1.2.840.10008.5.1.4.1.1.7"))
    write_dicom(tmp_path / "sr", scan_of(5, Modality="SR", Rows=None, Columns=None))
    (tmp_path / "damaged.dcm").write_bytes(b"\0" * 128 + b"DICM" + b"\xff" * 400)
    study = load_study(tmp_path)

    assert study.series_uid == f"{UID}1"
    notes = sorted(summary.note for summary in study.alternatives)
    assert len(notes) == 6
    assert [note.split(",")[0].split(" (")[0] for note in notes] == [
        "1 damaged or unreadable file",
        "a localizer",
        "modality MR",
        "modality SR",
        "projections",
        "secondary captures",
    ]


@pytest.mark.parametrize(
    ("tags", "error", "words"),
    [
        ({"Modality": "PT"}, UnsupportedStudy, "modality PT, not CT"),
        ({"SamplesPerPixel": 3}, UnsupportedStudy, "color images"),
        ({"PhotometricInterpretation": "MONOCHROME1"}, UnsupportedStudy, "inverted gray levels"),
        ({"RescaleType": "US"}, UnsupportedStudy, "gray levels other than HU"),
        ({"RescaleSlope": None}, UnsupportedStudy, "no rescale to HU"),
        ({"RescaleSlope": 0}, UnsupportedStudy, "no rescale to HU"),
        ({"BitsAllocated": 8}, UnsupportedStudy, "not stored in 16 bits"),
        ({"HighBit": 11}, UnsupportedStudy, "bits in an unusual place"),
        ({"BitsStored": 11, "HighBit": 10}, UnsupportedStudy, "beyond the 11 bits"),
        ({"ImageType": ["DERIVED", "SECONDARY", "MIP"]}, UnsupportedStudy, "projections"),
        ({"NumberOfFrames": 5}, UnsupportedStudy, "several frames in an object of one frame"),
        ({"SOPClassUID": "1.2.840.10008.5.1.4.1.1.2.1"}, UnreadableInput, "another number of frames than the 0"),
        ({"PixelData": b"\0" * 82}, UnsupportedStudy, "cut short"),
        ({"ImagePositionPatient": None}, GeometryError, "5 of 5 images without position"),
        ({"ImageOrientationPatient": [1, 0, 0, 1, 0, 0]}, GeometryError, "without position, orientation"),
        ({"PixelSpacing": [0, 0]}, GeometryError, "without position, orientation or pixel spacing"),
        ({"ImagePositionPatient": [0, 0, 0]}, GeometryError, "4 slices at the place of another"),
    ],
)
def test_what_can_not_be_measured_truthfully_is_refused(tmp_path, tags, error, words) -> None:
    write_dicom(tmp_path, scan_of(1, **tags))

    with pytest.raises(error, match=words) as refusal:
        load_study(tmp_path)
    assert "\n" not in str(refusal.value)
    assert "SECRET" not in str(refusal.value)
    assert str(tmp_path) not in str(refusal.value)


def test_all_problems_of_a_series_are_named_at_once(tmp_path) -> None:
    scan = scan_of(1, RescaleType="US")
    write_dicom(tmp_path, scan, order=(0, 1))
    other = dicom_slice(scan, 2)
    other.Rows, other.Columns, other.PixelSpacing = 7, 6, [1, 1]
    save(other, tmp_path / "other.dcm")

    with pytest.raises(
        UnsupportedStudy, match=r"gray levels other than HU; images of different size.*; different pixel"
    ):
        load_study(tmp_path)


@pytest.mark.parametrize(
    ("positions", "words"),
    [
        ([0, 2.5, 5, 10, 12.5], "1 slice missing"),
        ([0, 2.5, 5, 12.5, 20], "4 slices missing"),
        ([0, 2.5, 2.5, 5, 7.5], "1 slice at the place of another"),
        ([0, 2.5, 2.5, 7.5, 10], "1 slice at the place of another; 1 slice missing"),
        ([0, 2.5, 5.9, 7.5, 10], "uneven distances of slices, 1.60 to 3.40 mm"),
    ],
)
def test_slices_that_are_missing_double_or_uneven_are_refused(tmp_path, positions, words) -> None:
    for k, z in enumerate(positions):
        dataset = dicom_slice(scan_of(1), k)
        dataset.ImagePositionPatient = [0, 0, z]
        save(dataset, tmp_path / f"{k}.dcm")

    with pytest.raises(GeometryError, match=words):
        load_study(tmp_path)


def test_positions_rounded_to_a_tenth_of_a_millimeter_are_even_enough(tmp_path) -> None:
    for k in range(5):
        dataset = dicom_slice(scan_of(1), k)
        dataset.ImagePositionPatient = [0, 0, round(k * 0.625, 1)]
        save(dataset, tmp_path / f"{k}.dcm")

    assert load_study(tmp_path).volume.grid.spacing_mm[0] == pytest.approx(0.625)


def test_a_tilted_gantry_is_refused_with_its_angle(tmp_path) -> None:
    scan = scan_of(1)
    scan.affine[:3, 0] = (0, 2.5 * np.tan(np.radians(12)), 2.5)

    with pytest.raises(GeometryError, match=r"sheared by 12\.0 degrees \(gantry tilt\)"):
        load_study(write_dicom(tmp_path, scan))


def test_an_oblique_stack_is_not_a_tilted_one(tmp_path) -> None:
    scan = scan_of(1)
    c, s = np.cos(np.radians(20)), np.sin(np.radians(20))
    scan.affine[:3, :3] = np.array([[1, 0, 0], [0, c, -s], [0, s, c]]) @ scan.affine[:3, :3]
    study = load_study(write_dicom(tmp_path, scan))

    assert np.array_equal(study.volume.values, scan.hu)
    assert np.allclose(study.volume.grid.affine, scan.affine, atol=2e-6)


def test_slices_shifted_against_each_other_are_refused(tmp_path) -> None:
    for k in range(5):
        dataset = dicom_slice(scan_of(1), k)
        dataset.ImagePositionPatient = [3.0 * (k == 2), 0, 2.5 * k]
        save(dataset, tmp_path / f"{k}.dcm")

    with pytest.raises(GeometryError, match="slices shifted against each other"):
        load_study(tmp_path)


def test_slices_that_are_not_parallel_are_refused(tmp_path) -> None:
    for k in range(5):
        dataset = dicom_slice(scan_of(1), k)
        if k == 3:
            dataset.ImageOrientationPatient = [0, 1, 0, 0, 0, -1]
        save(dataset, tmp_path / f"{k}.dcm")

    with pytest.raises(GeometryError, match="not parallel"):
        load_study(tmp_path)


def test_two_slices_are_too_few(tmp_path) -> None:
    with pytest.raises(GeometryError, match="2 of at least 3 slices"):
        load_study(write_dicom(tmp_path, make_scan((2, 6, 7))))


def test_one_dicom_file_is_told_to_be_a_slice(tmp_path) -> None:
    write_dicom(tmp_path, make_scan())

    with pytest.raises(GeometryError, match="give the folder that holds it"):
        load_study(tmp_path / "0000.dcm")


def test_files_that_are_no_images_are_refused(tmp_path) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "notes.txt").write_text("nothing")

    with pytest.raises(UnreadableInput, match="0 files and no image"):
        load_study(tmp_path / "empty")
    with pytest.raises(UnreadableInput, match="not an image, expected a folder"):
        load_study(tmp_path / "notes.txt")
    with pytest.raises(UsageError, match="does not exist"):
        load_study(tmp_path / "nowhere")
    with pytest.raises(UsageError, match="does not exist"):
        list_series(tmp_path / "nowhere")


def test_a_file_that_was_cut_short_while_compressed_is_refused(tmp_path) -> None:
    from pydicom.uid import RLELossless

    for k in range(5):
        dataset = dicom_slice(scan_of(1), k)
        dataset.compress(RLELossless, generate_instance_uid=False)
        save(dataset, tmp_path / f"{k}.dcm")
    path = tmp_path / "2.dcm"
    path.write_bytes(path.read_bytes()[:-60])

    with pytest.raises(Refused):
        load_study(tmp_path)


def test_a_voltage_or_position_that_can_not_be_is_a_wrong_call() -> None:
    with pytest.raises(UsageError, match="12000 kV"):
        LoadOptions(kvp=12_000)
    with pytest.raises(UsageError, match="expected one of HFS"):
        LoadOptions(position="supine")


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"kvp": 80}, r"met the tube voltage 80 kV, but .* tells 120 kV; --kvp .* leave it out"),
        ({"position": "FFP"}, r"met the position FFP, but .* tells HFS; --position .* leave it out"),
    ],
)
def test_what_contradicts_the_header_is_a_wrong_call_that_names_both(tmp_path, said, words) -> None:
    """The voltage alone makes a mass of 783 of one of 1079: neither of the two may win silently."""
    with pytest.raises(UsageError, match=words):
        load_study(write_dicom(tmp_path, scan_of(1)), LoadOptions(**said))


@pytest.mark.parametrize(("headers", "said"), [(120, 120), (120.4, 120), (None, 80)])
def test_what_the_header_tells_alike_or_not_at_all_can_be_said(tmp_path, headers, said) -> None:
    scan = scan_of(1)
    scan.tags |= {"KVP": headers, "PatientPosition": None}
    study = load_study(write_dicom(tmp_path, scan), LoadOptions(kvp=said, position="FFP"))

    assert (study.kvp, study.position) == (headers or said, "FFP")
