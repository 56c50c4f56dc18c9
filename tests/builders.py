"""Small, complete records for tests: a body with a bone and deposits on any grid, with or without DICOM headers."""

from __future__ import annotations

from io import BytesIO
from typing import Literal

import numpy as np

from calcimeter.model.analysis import CTAnalysis, Provenance, Search
from calcimeter.model.anatomy import Anatomy, Bone, Gas, Mask, Skeleton
from calcimeter.model.calibration import Calibration
from calcimeter.model.caveat import caveat
from calcimeter.model.grid import BoolArray, FloatArray, Grid, Layout
from calcimeter.model.lesion import Category, Deposit, Lesion, Place
from calcimeter.model.measures import Amount, Axes, Density, Estimate, Extent, FluidLevel, Pattern, Shape
from calcimeter.model.study import CTStudy, SeriesSummary
from calcimeter.model.volume import Region, Volume

Orientation = Literal["transverse", "flipped", "oblique", "sagittal", "odd"]

SHAPE = (40, 64, 64)
SPACING_MM = (3.0, 1.5, 1.5)
BODY_HU, BONE_HU, AIR_HU = 50, 900, -1000

PATIENT_NAME = "SECRETSURNAME^GIVENSECRET"
PATIENT_ID = "SECRET-ID-4711"
BIRTH_DATE = "19511231"
STUDY_DATE = "20190502"
SECRETS = ("SECRETSURNAME", "GIVENSECRET", PATIENT_ID, BIRTH_DATE, STUDY_DATE, "SECRETDOCTOR")

# Analyzed axis k is axis ``axes[k]`` of the source, turned round where the flip says so.
TURNS: dict[Orientation, tuple[tuple[int, int, int], tuple[bool, bool, bool]]] = {
    "transverse": ((0, 1, 2), (False, False, False)),
    "flipped": ((0, 1, 2), (True, True, True)),
    "oblique": ((0, 1, 2), (False, False, False)),
    "sagittal": ((1, 2, 0), (True, False, False)),
    "odd": ((1, 2, 0), (True, False, True)),
}

# Category, center (index), radii (index), HU.
DEPOSITS = (
    (Category.SOFT_TISSUE, (22, 20, 44), (3.2, 5.5, 6.5), 450),
    (Category.SOFT_TISSUE, (10, 42, 48), (2.2, 3.2, 3.2), 300),
    (Category.UNCERTAIN, (32, 44, 22), (1.6, 2.4, 2.4), 220),
    (Category.VASCULAR, (20, 50, 34), (7.0, 1.2, 1.2), 350),
)
ASIDE = ((Category.BONE, (8, 18, 18), (1.6, 2.2, 2.2), 600),)


def build_analysis(
    *,
    dicom: bool = True,
    lesions: bool = True,
    skeleton: bool = True,
    orientation: Orientation = "transverse",
) -> CTAnalysis:
    """A whole analysis of a synthetic study; equal arguments give equal records.

    Parameters
    ----------
    dicom
        With DICOM headers that pass dciodvfy; else as from NIfTI, without headers, UIDs and kVp.
    lesions
        Two soft-tissue lesions (ids 1, 2), one uncertain, one vascular, one bone set aside (id 5); else none.
    skeleton
        A femur-like cylinder; else no bone at all.
    orientation
        How the source array lies in the patient. "odd" is for NIfTI, whose axes may stand in any order.
    """
    grid = source_grid(orientation)
    layout = Layout.of(grid)
    bone = _cylinder() if skeleton else np.zeros(SHAPE, dtype=bool)
    body = _body()
    deposits = [*DEPOSITS, *ASIDE] if lesions else []
    values = np.where(body, BODY_HU, AIR_HU).astype(np.int16)
    values[bone] = BONE_HU
    found = []
    for number, (category, center, radii, hu) in enumerate(deposits, start=1):
        inside = _ellipsoid(center, radii)
        values[inside] = hu
        found.append(build_lesion(number, category, inside, layout.analyzed_grid(), hu))
    anatomy = Anatomy(
        body=Mask.from_bool(body),
        skeleton=Skeleton(bone.astype(np.uint8), (_femur(bone, layout),) if skeleton else ()),
        contrast=Mask.empty(SHAPE),
        metal=Mask.empty(SHAPE),
        gas=Gas(Mask.empty(SHAPE), bowel_mm3=0.0, lungs_mm3=0.0),
        noise_hu=12.0,
    )
    return CTAnalysis(
        study=build_study(Volume(values, layout, layout.analyzed_grid()), dicom=dicom),
        anatomy=anatomy,
        search=Search(("thigh",), float(body.sum()) * grid.voxel_mm3, 130.0, 25.0, ("metal streaks",)),
        calibration=Calibration("none"),
        lesions=tuple(x for x in found if x.category is not Category.BONE),
        set_aside=tuple(x for x in found if x.category is Category.BONE),
        caveats=(caveat("BONES_NOT_NAMED"), caveat("CALIBRATION_NOT_AVAILABLE"), caveat("INTERVAL_NOT_AVAILABLE")),
        provenance=Provenance("0.1.0", {"find": {"threshold_hu": 130.0, "closing": True, "note": None}}, "ab" * 32),
    )


def source_grid(orientation: Orientation) -> Grid:
    """The file's grid; its analyzed grid always has ``SHAPE`` and ``SPACING_MM``."""
    rotation = _rotation(0.17, 0.12) if orientation == "oblique" else np.eye(3)
    analyzed = np.eye(4)
    analyzed[:3, :3] = rotation[:, ::-1] * SPACING_MM  # columns left (x), rows posterior (y), slices superior (z)
    analyzed[:3, 3] = (-40.5, -52.25, -610.0)
    axes, flips = TURNS[orientation]
    affine, shape = analyzed.copy(), [0, 0, 0]
    for k, (axis, flip) in enumerate(zip(axes, flips, strict=True)):
        shape[axis] = SHAPE[k]
        affine[:3, axis] = -analyzed[:3, k] if flip else analyzed[:3, k]
        if flip:
            affine[:3, 3] += analyzed[:3, k] * (SHAPE[k] - 1)
    grid = Grid((shape[0], shape[1], shape[2]), affine)
    assert (Layout.of(grid).axes, Layout.of(grid).flips) == (axes, flips)
    return grid


def build_study(volume: Volume, *, dicom: bool = True) -> CTStudy:
    """A study of any volume; with ``dicom`` it has one header a slice of the source."""
    other = SeriesSummary("1.2.826.0.1.3680043.10.1.9", "CT", 20, "coronal", "BONE", 3.0, derived=True, note="")
    return CTStudy(
        volume=volume,
        source_format="dicom" if dicom else "nifti",
        study_uid="1.2.826.0.1.3680043.10.1.1" if dicom else None,
        series_uid="1.2.826.0.1.3680043.10.1.2" if dicom else None,
        kvp=120.0 if dicom else None,
        kernel="STANDARD" if dicom else None,
        position="HFS" if dicom else None,
        alternatives=(other,) if dicom else (),
        headers=build_headers(volume.layout.grid) if dicom else (),
        caveats=() if dicom else (caveat("KVP_UNKNOWN"), caveat("POSITION_UNKNOWN")),
    )


def build_headers(grid: Grid) -> tuple[bytes, ...]:
    """One CT image file a slice, without pixel data, that passes dciodvfy but for the missing pixels."""
    return tuple(_header(grid, index) for index in range(grid.shape[0]))


def build_lesion(number: int, category: Category, inside: BoolArray, grid: Grid, hu: float) -> Lesion:
    """A lesion of the voxels that are set; its measures are crude but consistent."""
    region = Region.from_indices(np.argwhere(inside))
    points = grid.to_patient(region.indices())
    half_voxel = np.abs(grid.affine[:3, :3]).sum(axis=1) / 2
    low, high = points.min(axis=0) - half_voxel, points.max(axis=0) + half_voxel
    size = high - low
    volume_mm3 = region.voxels * grid.voxel_mm3
    extent = Extent(
        centroid_mm=_point(points.mean(axis=0)),
        bounding_box_mm=(_point(low), _point(high)),
        axes=_axes(region, grid),
        feret_mm=float(np.linalg.norm(size)),
        left_right_mm=float(size[0]),
        anteroposterior_mm=float(size[1]),
        craniocaudal_mm=float(size[2]),
        projected_coronal_mm=(float(max(size[0], size[2])), float(min(size[0], size[2]))),
        projected_sagittal_mm=(float(max(size[1], size[2])), float(min(size[1], size[2]))),
    )
    deposit = Deposit(
        tracking_uid=f"2.25.{1000 + number}",
        dense=region,
        envelope=region,
        parts=2 if number == 1 else 1,
        category=category,
        confidence=0.9 - 0.1 * number,
        reasons=("no bone within 3 mm", "dense core"),
    )
    return Lesion(
        id=number,
        deposit=deposit,
        extent=extent,
        amount=Amount(
            Estimate(volume_mm3, 0.95 * volume_mm3, 1.05 * volume_mm3) if number == 1 else Estimate(volume_mm3),
            volume_mm3,
        ),
        density=Density(mean_hu=hu - 0.1 / 3, max_hu=float(hu)),
        agatston=None,
        shape=Shape(surface_mm2=2.1 * volume_mm3 ** (2 / 3) * 2.3, sphericity=0.9, solidity=0.95),
        pattern=Pattern(),
        fluid_level=FluidLevel(),
        place=Place(side="left", distance_mm=4.25, contact_mm2=0.0),
        caveats=("LESION_SMALL",) if region.voxels < 27 else (),
    )


def _rotation(about_x: float, about_z: float) -> FloatArray:
    c, s, d, t = np.cos(about_x), np.sin(about_x), np.cos(about_z), np.sin(about_z)
    around_x = np.array([[1, 0, 0], [0, c, -s], [0, s, c]])
    around_z = np.array([[d, -t, 0], [t, d, 0], [0, 0, 1]])
    rotation: FloatArray = around_z @ around_x
    return rotation


def _ellipsoid(center: tuple[int, int, int], radii: tuple[float, float, float]) -> BoolArray:
    offset = (np.indices(SHAPE).T - np.array(center)) / np.array(radii)
    inside: BoolArray = ((offset**2).sum(axis=-1) <= 1).T
    return inside


def _body() -> BoolArray:
    body = _ellipsoid((20, 32, 32), (1000.0, 28.0, 30.0))
    body[0] = body[-1] = False
    return body


def _cylinder() -> BoolArray:
    bone = _ellipsoid((20, 32, 26), (1000.0, 6.0, 6.0))
    bone[:2] = bone[-2:] = False
    return bone


def _femur(bone: BoolArray, layout: Layout) -> Bone:
    return Bone(1, None, None, float(bone.sum()) * layout.grid.voxel_mm3)


def _axes(region: Region, grid: Grid) -> Axes:
    """The widest row and column of the slice with the most voxels."""
    widest = int(region.mask.sum(axis=(1, 2)).argmax())
    rows, columns = (np.flatnonzero(region.mask[widest].any(axis=k)) for k in (1, 0))
    slice_index = region.start[0] + widest
    top, left = region.start[1], region.start[2]
    middle = (top + rows.mean(), left + columns.mean())
    across = [(slice_index, middle[0], left + columns[0] - 0.5), (slice_index, middle[0], left + columns[-1] + 0.5)]
    down = [(slice_index, top + rows[0] - 0.5, middle[1]), (slice_index, top + rows[-1] + 0.5, middle[1])]
    ends = sorted((grid.to_patient(across), grid.to_patient(down)), key=_length, reverse=True)
    return Axes(Estimate(_length(ends[0])), Estimate(_length(ends[1])), slice_index, ends[0], ends[1])


def _length(ends: FloatArray) -> float:
    return float(np.linalg.norm(ends[1] - ends[0]))


def _point(values: FloatArray) -> tuple[float, float, float]:
    return (float(values[0]), float(values[1]), float(values[2]))


def _header(grid: Grid, index: int) -> bytes:
    from pydicom.dataset import Dataset, FileDataset, FileMetaDataset
    from pydicom.uid import CTImageStorage, ExplicitVRLittleEndian

    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = CTImageStorage
    meta.MediaStorageSOPInstanceUID = f"1.2.826.0.1.3680043.10.1.2.{index + 1}"
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    meta.ImplementationClassUID = "1.2.826.0.1.3680043.10.1"
    ds = FileDataset(None, Dataset(), file_meta=meta, preamble=b"\0" * 128)
    for keyword, value in {**_PATIENT_AND_STUDY, **_SERIES, **_IMAGE, **_plane(grid, index)}.items():
        setattr(ds, keyword, value)
    ds.SOPInstanceUID = meta.MediaStorageSOPInstanceUID
    ds.InstanceNumber = index + 1
    file = BytesIO()
    ds.save_as(file, enforce_file_format=True)
    return file.getvalue()


def _plane(grid: Grid, index: int) -> dict[str, object]:
    columns, rows = (grid.affine[:3, k] / grid.spacing_mm[k] for k in (2, 1))
    return {
        "Rows": grid.shape[1],
        "Columns": grid.shape[2],
        "ImagePositionPatient": [f"{v:.8g}" for v in grid.to_patient((index, 0, 0))],
        "ImageOrientationPatient": [f"{v:.10g}" for v in (*columns, *rows)],
        "PixelSpacing": [f"{grid.spacing_mm[1]:g}", f"{grid.spacing_mm[2]:g}"],
        "SliceThickness": f"{grid.spacing_mm[0]:g}",
    }


_PATIENT_AND_STUDY: dict[str, object] = {
    "SpecificCharacterSet": "ISO_IR 100",
    "PatientName": PATIENT_NAME,
    "PatientID": PATIENT_ID,
    "PatientBirthDate": BIRTH_DATE,
    "PatientSex": "M",
    "PatientAge": "067Y",
    "StudyInstanceUID": "1.2.826.0.1.3680043.10.1.1",
    "StudyDate": STUDY_DATE,
    "StudyTime": "101112",
    "StudyID": "77",
    "StudyDescription": "CT THIGH",
    "AccessionNumber": "A77",
    "ReferringPhysicianName": "SECRETDOCTOR^REFERRING",
}
_SERIES: dict[str, object] = {
    "Modality": "CT",
    "SeriesInstanceUID": "1.2.826.0.1.3680043.10.1.2",
    "SeriesNumber": 2,
    "SeriesDate": STUDY_DATE,
    "SeriesTime": "101212",
    "PatientPosition": "HFS",
    "BodyPartExamined": "PELVIS",
    "FrameOfReferenceUID": "1.2.826.0.1.3680043.10.1.3",
    "PositionReferenceIndicator": "",
    "Manufacturer": "Calcimeter project",
    "ManufacturerModelName": "Phantom",
    "DeviceSerialNumber": "0",
    "SoftwareVersions": "0.1.0",
}
_IMAGE: dict[str, object] = {
    "SOPClassUID": "1.2.840.10008.5.1.4.1.1.2",
    "ImageType": ["ORIGINAL", "PRIMARY", "AXIAL"],
    "AcquisitionNumber": 1,
    "AcquisitionDate": STUDY_DATE,
    "AcquisitionTime": "101213",
    "ContentDate": STUDY_DATE,
    "ContentTime": "101214",
    "KVP": "120",
    "ConvolutionKernel": "STANDARD",
    "SamplesPerPixel": 1,
    "PhotometricInterpretation": "MONOCHROME2",
    "BitsAllocated": 16,
    "BitsStored": 16,
    "HighBit": 15,
    "PixelRepresentation": 1,
    "RescaleIntercept": "0",
    "RescaleSlope": "1",
    "RescaleType": "HU",
}
