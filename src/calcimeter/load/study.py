"""Any input -> one CT study."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from calcimeter.errors import GeometryError, Refused, UnreadableInput, UnsupportedStudy, UsageError
from calcimeter.load.archive import is_archive, unpacked
from calcimeter.load.assemble import Plane, StoredArray
from calcimeter.load.dicom.kind import sharpness
from calcimeter.load.dicom.losses import check_lost
from calcimeter.load.dicom.read_headers import is_directory_file, is_marked, read_headers
from calcimeter.load.dicom.reader import read_stack
from calcimeter.load.dicom.series import Series, choose, find_series, summaries
from calcimeter.load.dicom.shown import counted
from calcimeter.load.dicom.stack import MIN_SLICES, TILT_DEG
from calcimeter.load.facts import Facts, facts_of
from calcimeter.load.folder import files_below
from calcimeter.load.hounsfield import check_hounsfield
from calcimeter.load.options import POSITIONS, LoadOptions
from calcimeter.load.volume_file import VOLUME_SUFFIXES, is_place, is_volume_file, open_volume_file, volume_format
from calcimeter.model.caveat import caveat
from calcimeter.model.grid import Grid
from calcimeter.model.study import CTStudy, SeriesSummary
from calcimeter.model.volume import Volume

THICK_MM = 3.0
"""Slices that are thicker, or farther apart, are called thick: the text of SLICES_THICK says so."""

KINDS = f"a folder, a zip, a DICOM file, or one of {', '.join(VOLUME_SUFFIXES)}"


def load_study(source: Path, options: LoadOptions | None = None) -> CTStudy:
    """Load the CT scan of an input.

    Parameters
    ----------
    source : Path
        A folder (searched through), a zip, a multi-frame DICOM file, a DICOMDIR (its folder is searched), a NIfTI
        (.nii, .nii.gz) or an NRRD (.nrrd, .nhdr).
    options : LoadOptions, optional

    Returns
    -------
    CTStudy
        With its volume in HU and analyzed order. Series that were not chosen stand in ``alternatives``.

    Raises
    ------
    UsageError
        There is no such input, no series of the UID given, (AmbiguousSeries) several are equally good, or the header
        contradicts the tube voltage or position given.
    Refused
        The input can't be measured truthfully; the message names everything that was met.
    """
    source, options = _existing(source), options or LoadOptions()
    if not source.is_dir() and is_volume_file(source):
        return _from_volume_file(source, options)
    with _opened(source) as files:
        return _from_files(files, options)


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
    UnreadableInput
        It is a file of another kind, or can't be opened.
    """
    source = _existing(source)
    if not source.is_dir() and is_volume_file(source):
        return ()
    with _opened(source) as files:
        return summaries(find_series(path for path in files if not is_volume_file(path) or is_marked(path)).series)


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
        The array is not 3-D with at least 3 slices, or the affine is no affine, singular, sheared or no place in
        a body.
    UnreadableInput
        A value is not finite, or masked.
    UnsupportedStudy
        The array is not numeric.
    """
    if np.ma.is_masked(array):
        raise UnreadableInput("met an array with masked values, expected HU everywhere; fill them, with air as -1024")
    array = np.asarray(array)
    if array.ndim != 3:
        raise GeometryError(f"met an array of {array.ndim} axes, expected 3")
    if array.dtype.kind not in "iuf":
        raise UnsupportedStudy(f"met an array of type {array.dtype}, expected whole or real numbers")
    grid = Grid((array.shape[0], array.shape[1], array.shape[2]), _affine(affine_lps))
    stored = StoredArray(grid, lambda: (Plane(k, plane) for k, plane in enumerate(array)))
    return _study(_checked_volume(stored), Facts("array"), options or LoadOptions())


def _affine(given: npt.ArrayLike) -> npt.NDArray[np.float64]:
    """The matrix given, where its last row is that of an affine: whatever else stands there would be left out."""
    try:
        affine = np.asarray(given, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise GeometryError("met an affine that is no matrix of numbers, expected 4 x 4") from error
    is_matrix = affine.shape == (4, 4) and np.isfinite(affine).all()  # else the grid says what it is
    if is_matrix and not np.allclose(affine[3], (0, 0, 0, 1), rtol=0, atol=1e-6):
        raise GeometryError(
            f"met an affine with the last row {', '.join(f'{x:g}' for x in affine[3])}, expected 0, 0, 0, 1; give the"
            " matrix from array index to LPS mm, not its transpose"
        )
    lengths_mm = np.linalg.norm(affine[:3, :3], axis=0) if is_matrix else np.zeros(3)
    if lengths_mm.all() and not is_place(affine):
        size = " x ".join(f"{length:g}" for length in lengths_mm)
        raise GeometryError(
            f"met an affine with voxels of {size} mm, which is no place in a body; give its first three rows in mm"
        )
    return affine


def _existing(source: Path) -> Path:
    source = Path(source)
    try:
        if source.exists():
            return source
    except OSError as error:
        raise UsageError(f"the input can't be reached ({error.strerror}); check its name and permissions") from error
    raise UsageError("the input does not exist; check its name")


@contextmanager
def _opened(source: Path) -> Iterator[list[Path]]:
    """The files of a folder, of a zip, of the folder that a DICOMDIR stands in, or one DICOM file."""
    if source.is_dir():
        yield files_below(source)
    elif not source.is_file():
        raise UnreadableInput(f"met an input that is neither file nor folder, expected {KINDS}")
    elif is_archive(source):
        with unpacked(source) as folder:
            yield files_below(folder)
    elif is_directory_file(source):
        yield files_below(source.parent)
    elif not read_headers(source):
        raise UnreadableInput(f"met a file that is not an image, expected {KINDS}")
    else:
        yield [source]


def _from_files(files: list[Path], options: LoadOptions) -> CTStudy:
    """The series chosen among files, or their one NIfTI or NRRD."""
    volume_files = [path for path in files if is_volume_file(path) and not is_marked(path)]
    others = set(volume_files)
    found = find_series(path for path in files if path not in others)
    series = found.series
    if not series:
        if len(volume_files) > 1:
            raise UsageError(f"met {len(volume_files)} volume files and no DICOM; give one of them")
        if not volume_files:
            zips = ", or the zip among them itself" if any(map(is_archive, files)) else ""
            raise UnreadableInput(
                f"met {counted(len(files), 'file')} and no image among them, expected the files of a CT series; give"
                f" the folder that holds them{zips}"
            )
        return _from_volume_file(volume_files[0], options)
    if len(files) == 1 and _lacks_slices_alone(series[0]):
        raise GeometryError("met one DICOM file, which is one slice, expected a series; give the folder that holds it")
    try:
        chosen = choose(series, options.series)
    except Refused as refusal:
        if not volume_files:
            raise
        beside = counted(len(volume_files), "NIfTI or NRRD file")
        raise type(refusal)(
            f"{refusal}; {beside} beside the DICOM files not looked at: to measure such a file, give it by itself",
            files=refusal.files,
        ) from None
    check_lost(found, chosen)
    return _from_series(series, chosen, options)


def _lacks_slices_alone(series: Series) -> bool:
    """Whether nothing speaks against a series but that it is too short."""
    return series.stack.problems == (series.summary.note,) and len(series.stack.headers) < MIN_SLICES


def _from_series(series: tuple[Series, ...], chosen: Series, options: LoadOptions) -> CTStudy:
    """The study of a series."""
    volume, headers = read_stack(chosen.stack)
    return _study(volume, facts_of(series, chosen, headers), options)


def _from_volume_file(path: Path, options: LoadOptions) -> CTStudy:
    """The scan of a NIfTI or NRRD."""
    if options.series is not None:
        raise UsageError("a series was named, but the input holds none; leave --series out")
    return _study(_checked_volume(open_volume_file(path)), Facts(volume_format(path)), options)


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


def _is_whole(volume: Volume) -> bool:
    """Whether all values are whole HU; beyond 16 bits they are kept as real numbers even so."""
    return volume.values.dtype == np.int16 or not any((plane % 1).any() for plane in volume.values)


def _study(volume: Volume, facts: Facts, options: LoadOptions) -> CTStudy:
    """The record, with what the caller says put in and what is not known said."""
    if facts.source_format != "array":
        check_hounsfield(volume)
    known = facts.position if facts.position in POSITIONS else None
    kvp, position = options.added_to(facts.kvp, known)
    # Of monoenergetic images no tube voltage tells the density.
    kvp = None if facts.energy else kvp
    facts = replace(facts, kvp=kvp, position=position)
    met = {
        "GRAY_LEVELS_SCALED": not _is_whole(volume),
        "KERNEL_SHARP": sharpness(facts.kernel) > 1,
        "KERNEL_UNKNOWN": sharpness(facts.kernel) == 1,
        "KVP_UNKNOWN": kvp is None and facts.energy is None,
        "MONOENERGETIC": facts.energy is not None,
        "POSITION_UNKNOWN": facts.position is None,
        "SLICES_THICK": max(*volume.grid.spacing_mm, facts.thickness_mm or 0.0) > THICK_MM + 1e-3,
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
        frames=facts.frames,
        monoenergetic_kev=facts.energy.kev if facts.energy else None,
        thickness_mm=facts.thickness_mm,
        caveats=tuple(
            caveat(code) for code in sorted([*facts.caveats, *(code for code, holds in met.items() if holds)])
        ),
    )
