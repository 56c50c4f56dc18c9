"""Any input -> one CT study."""

from __future__ import annotations

import hashlib
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from calcimeter.errors import GeometryError, UnreadableInput, UnsupportedStudy, UsageError
from calcimeter.load.archive import is_archive, unpacked
from calcimeter.load.assemble import Plane, StoredArray
from calcimeter.load.dicom import read_stack
from calcimeter.load.header import Header, read_header
from calcimeter.load.options import POSITIONS, LoadOptions
from calcimeter.load.series import choose, find_series, image_files, summaries
from calcimeter.load.stack import MIN_SLICES, TILT_DEG
from calcimeter.load.volume_file import VOLUME_SUFFIXES, is_volume_file, open_volume_file, volume_format
from calcimeter.model.caveat import caveat
from calcimeter.model.grid import Grid
from calcimeter.model.study import CTStudy, SeriesSummary, SourceFormat
from calcimeter.model.volume import Volume

THICK_MM = 3.0
"""Slices farther apart are called thick: the text of SLICES_THICK says so."""

KINDS = f"a folder, a zip, or one of {', '.join(VOLUME_SUFFIXES)}"


@dataclass(frozen=True, slots=True)
class _Facts:
    """What a container tells beside the values."""

    source_format: SourceFormat
    study_uid: str | None = None
    series_uid: str | None = None
    kvp: float | None = None
    kernel: str | None = None
    position: str | None = None
    alternatives: tuple[SeriesSummary, ...] = ()
    headers: tuple[bytes, ...] = ()


def load_study(source: Path, options: LoadOptions | None = None) -> CTStudy:
    """Load the CT scan of an input.

    Parameters
    ----------
    source : Path
        A folder (searched through), a zip, a NIfTI (.nii, .nii.gz) or an NRRD (.nrrd, .nhdr).
    options : LoadOptions, optional

    Returns
    -------
    CTStudy
        With its volume in HU and analyzed order. Series that were not chosen stand in ``alternatives``.

    Raises
    ------
    UsageError
        There is no such input, no series of the UID given, or (AmbiguousSeries) several are equally good.
    Refused
        The input can't be measured truthfully; the message names everything that was met.
    """
    source, options = Path(source), options or LoadOptions()
    if not source.exists():
        raise UsageError("the input does not exist; check its name")
    if source.is_dir():
        return _from_folder(source, options)
    if is_volume_file(source):
        return _from_volume_file(source, options)
    if is_archive(source):
        with unpacked(source) as folder:
            return _from_folder(folder, options)
    raise _not_a_series(source)


def list_series(source: Path) -> tuple[SeriesSummary, ...]:
    """The DICOM series of an input, the one that the rule of choice prefers first.

    Returns
    -------
    tuple of SeriesSummary
        Empty where the input holds no DICOM (a NIfTI, an NRRD).

    Raises
    ------
    UsageError
        There is no such input.
    """
    source = Path(source)
    if not source.exists():
        raise UsageError("the input does not exist; check its name")
    if source.is_dir():
        return summaries(find_series(image_files(source)))
    if not is_volume_file(source) and is_archive(source):
        with unpacked(source) as folder:
            return summaries(find_series(image_files(folder)))
    return () if is_volume_file(source) else summaries(find_series([source]))


def study_from_array(array: npt.NDArray[Any], affine_lps: npt.ArrayLike, options: LoadOptions | None = None) -> CTStudy:
    """A study from an array in HU.

    Parameters
    ----------
    array : ndarray, 3-D, any axis order
        Whole or real numbers. It is copied.
    affine_lps : array_like, (4, 4)
        Voxel-center index of the array to LPS mm.
    options : LoadOptions, optional
        Tube voltage and position; without them the study says that they are not known.

    Raises
    ------
    GeometryError
        The array is not 3-D with at least 3 slices, or the affine is singular or sheared.
    UnreadableInput
        A value is not finite.
    UnsupportedStudy
        The array is not numeric.
    """
    array = np.asarray(array)
    if array.ndim != 3:
        raise GeometryError(f"met an array of {array.ndim} axes, expected 3")
    if array.dtype.kind not in "iuf":
        raise UnsupportedStudy(f"met an array of type {array.dtype}, expected whole or real numbers")
    grid = Grid((array.shape[0], array.shape[1], array.shape[2]), np.asarray(affine_lps, dtype=np.float64))
    stored = StoredArray(grid, lambda: (Plane(k, plane) for k, plane in enumerate(array)))
    return _study(_checked_volume(stored), _Facts("array"), options or LoadOptions())


def _from_folder(folder: Path, options: LoadOptions) -> CTStudy:
    """The series chosen among a folder's, or its one NIfTI or NRRD."""
    files = image_files(folder)
    volume_files = [path for path in files if is_volume_file(path)]
    series = find_series(path for path in files if path not in set(volume_files))
    if not series:
        if len(volume_files) > 1:
            raise UsageError(f"met {len(volume_files)} volume files and no DICOM; give one of them")
        if not volume_files:
            raise UnreadableInput(f"met {len(files)} files and no image among them, expected the files of a CT series")
        return _from_volume_file(volume_files[0], options)
    chosen = choose(series, options.series)
    volume, headers = read_stack(chosen.stack)
    first = chosen.stack.headers[0]
    facts = _Facts(
        "dicom",
        study_uid=first.text("StudyInstanceUID") or None,
        series_uid=first.text("SeriesInstanceUID") or None,
        kvp=first.number("KVP") or None,
        kernel=chosen.summary.kernel,
        position=first.text("PatientPosition") or None,
        alternatives=summaries(series, without=chosen),
        headers=headers,
    )
    return _study(volume, facts, options)


def _from_volume_file(path: Path, options: LoadOptions) -> CTStudy:
    """The scan of a NIfTI or NRRD."""
    if options.series is not None:
        raise UsageError("a series was named, but the input holds none; leave --series out")
    volume = _checked_volume(open_volume_file(path))
    if volume.values.min() >= 0:
        raise UnsupportedStudy(
            "met no value below 0, expected CT in HU, where fat and air are negative; check that the file is a CT scan"
            " and that its offset was not lost"
        )
    return _study(volume, _Facts(volume_format(path)), options)


def _not_a_series(source: Path) -> UnreadableInput | UnsupportedStudy:
    """Why a single file is refused."""
    header: Header | None = read_header(source)
    if header is None:
        return UnreadableInput(f"met a file that is not an image, expected {KINDS}")
    if header.whole("NumberOfFrames") > 1:
        return UnsupportedStudy("met a multi-frame DICOM file, which is not read in this version; export single frames")
    return UnsupportedStudy("met one DICOM file, which is one slice, expected a series; give the folder that holds it")


def _checked_volume(stored: StoredArray) -> Volume:
    """Read an array whose grid is right-angled and has enough slices."""
    if min(stored.grid.shape) < MIN_SLICES:
        raise GeometryError(
            f"met an array of {' x '.join(map(str, stored.grid.shape))}, expected {MIN_SLICES} or more each way"
        )
    axes = stored.grid.affine[:3, :3] / stored.grid.spacing_mm
    cosines = axes.T @ axes - np.eye(3)
    tilt_deg = float(np.degrees(np.arcsin(min(1.0, np.abs(cosines).max()))))
    if tilt_deg > TILT_DEG:
        raise GeometryError(
            f"met axes sheared by {tilt_deg:.1f} degrees, expected right angles; resample or export the original"
        )
    return stored.volume()


def _study(volume: Volume, facts: _Facts, options: LoadOptions) -> CTStudy:
    """The record, with what the caller says put in and what is not known said."""
    known = facts.position if facts.position in POSITIONS else None
    facts = replace(facts, kvp=options.kvp or facts.kvp, position=options.position or known)
    limits = {
        "KVP_UNKNOWN": facts.kvp is None,
        "POSITION_UNKNOWN": facts.position is None,
        "SLICES_THICK": max(volume.grid.spacing_mm) > THICK_MM + 1e-3,
        "GRAY_LEVELS_SCALED": volume.values.dtype != np.int16,
    }
    return CTStudy(
        volume=volume,
        source_format=facts.source_format,
        study_uid=facts.study_uid,
        series_uid=facts.series_uid,
        kvp=facts.kvp,
        kernel=facts.kernel,
        position=facts.position,
        alternatives=facts.alternatives,
        headers=facts.headers,
        input_sha256=_digest(volume),
        caveats=tuple(caveat(code) for code, met in limits.items() if met),
    )


def _digest(volume: Volume) -> str:
    """SHA-256 over type, shape, affine and the digests of the slices, which are taken two at a time."""
    # Thousandths of a mm; the odd offset keeps decimal values off the border between two, where a container that
    # holds single precision would fall on the other side.
    geometry = np.floor(volume.grid.affine * 1000 + 0.513).astype("<i8")
    values = volume.values.astype(volume.values.dtype.newbyteorder("<"), copy=False)
    digest = hashlib.sha256(f"{values.dtype.str} {values.shape} {geometry.tolist()}".encode())
    with ThreadPoolExecutor(2) as pool:
        for part in pool.map(lambda plane: hashlib.sha256(plane.data).digest(), values):
            digest.update(part)
    return digest.hexdigest()
