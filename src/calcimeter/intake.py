"""What a caller may say and what comes of it: the study, and all that a person brings beside it.

Readers of what a CT scan does not need are imported where they are used: a CT scan is not to wait for them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from os import PathLike
from pathlib import Path
from typing import Any, TypedDict

from calcimeter.ct.settings import Settings
from calcimeter.errors import UsageError
from calcimeter.load.calibration_file import load_calibration_file
from calcimeter.load.edits import load_edits
from calcimeter.load.hounsfield import check_hounsfield
from calcimeter.load.label_map import load_label_map
from calcimeter.load.modality import modality_of
from calcimeter.load.options import LoadOptions
from calcimeter.load.outlines import load_outlines
from calcimeter.load.result import load_result
from calcimeter.load.study import load_study, study_from_array
from calcimeter.model.analysis import Edit
from calcimeter.model.anatomy import LabelMap
from calcimeter.model.calibration import CalibrationReference
from calcimeter.model.case import Patient
from calcimeter.model.radiograph import Marks, Radiograph
from calcimeter.model.result import StudyResult
from calcimeter.model.scintigram import ScintigraphyStudy
from calcimeter.model.study import CTStudy
from calcimeter.model.volume import Region
from calcimeter.progress import step

Source = Path | str | tuple[Any, Any]
"""A path, or HU with the 4 x 4 affine from array index to LPS mm."""


@dataclass(frozen=True, slots=True, eq=False)
class Reader:
    """What a person brings: outlines in place of a search, changes, names of bones, a calibration, the patient.

    ``previous``: the result of an earlier study of the patient, to compare with.
    """

    outlines: tuple[tuple[int, Region], ...] | None = None
    edits: tuple[Edit, ...] = ()
    label_map: LabelMap | None = None
    calibration: CalibrationReference | None = None
    patient: Patient = field(default_factory=Patient)
    previous: StudyResult | None = None


class Options(TypedDict, total=False):
    """What a caller may say; every key can be left out.

    ``lesions``: mask of given outlines, measured instead of searching. ``edits``: file of a reader's changes.
    ``anatomy``: label map of bones and organs, in place of the built-in names. ``calibration``: file of rods in the
    images, or of a phantom. ``previous``: OUT of an earlier study of the patient, to compare with. ``labs``,
    ``subject``, ``history``: see ``load_patient``. ``series``, ``kvp``, ``position``: see ``LoadOptions``.
    ``settings``: thresholds. ``delayed``: the delayed one of two scintigrams. Of a radiograph ``scale``, ``at`` and
    ``box``: see ``scale_of`` and ``marks_of``; ``brooker``: whether Brooker's class is asked for.
    """

    lesions: Path | str
    edits: Path | str
    anatomy: Path | str
    calibration: Path | str
    previous: Path | str
    labs: Path | str
    subject: Mapping[str, Any] | str
    history: Mapping[str, bool] | str
    series: str
    kvp: float
    position: str
    settings: Settings
    delayed: Path | str
    scale: str | Sequence[float]
    at: str | Sequence[str | Sequence[float]]
    box: str | Sequence[str | Sequence[float]]
    brooker: bool


PATHS = ("lesions", "edits", "anatomy", "calibration", "previous", "labs", "delayed")
RADIOGRAPH_OPTIONS = frozenset({"scale", "at", "box", "brooker"})
"""What means nothing without a radiograph."""
REASONING_OPTIONS = frozenset({"labs", "subject", "history"})


@dataclass(frozen=True, slots=True)
class RadiographReader:
    """What a person brings to a radiograph: places of deposits, the patient, whether Brooker's class is asked for."""

    marks: Marks = field(default_factory=Marks)
    patient: Patient = field(default_factory=Patient)
    brooker: bool = False


def check(source: Source, options: Options) -> None:
    """Raise UsageError where the input is none, an option is unknown, or a path is empty."""
    if isinstance(source, tuple):
        if len(source) != 2:
            raise UsageError(f"met a tuple of {len(source)}, expected two: an array in HU, and its affine to LPS mm")
    elif not isinstance(source, (str, PathLike)):
        raise UsageError(f"met {type(source).__name__} as input, expected a path, or (array, affine_lps)")
    unknown = sorted(set(options) - set(Options.__annotations__))
    if unknown:
        raise UsageError(f"met the option {unknown[0]!r}, expected one of {', '.join(sorted(Options.__annotations__))}")
    # An empty path would mean the working directory, or count as none given.
    paths = {"the input": source} | {name: value for name, value in options.items() if name in PATHS}
    empty = [name for name, path in paths.items() if isinstance(path, str) and not path]
    if empty:
        raise UsageError(
            f"met an empty path ({empty[0]}), expected that of a file or folder; give one, or leave it out"
        )


def modality(source: Source, options: Options) -> str:
    """What the images of an input are, as DICOM names it; an array is CT, and a delayed image makes it NM."""
    if "delayed" in options and not isinstance(source, tuple):
        return "NM"
    return "CT" if isinstance(source, tuple) else modality_of(Path(source))


def load_scan(source: Source, options: Options) -> tuple[CTStudy, Reader]:
    """A CT scan with everything that a person brings."""
    _refuse(options, RADIOGRAPH_OPTIONS, "a CT scan")
    patient = _patient(options)
    load = LoadOptions(options.get("series"), options.get("kvp"), options.get("position"))
    if isinstance(source, tuple):
        study = step("load", study_from_array, *source, load)
        check_hounsfield(study.volume)  # here and not there, where records are made of arrays that show no patient
    else:
        study = step("load", load_study, Path(source), load)
    lesions, edits, anatomy = options.get("lesions"), options.get("edits"), options.get("anatomy")
    reference, earlier = options.get("calibration"), options.get("previous")
    return study, Reader(
        outlines=step("outlines", load_outlines, Path(lesions), study) if lesions else None,
        edits=load_edits(Path(edits)) if edits else (),
        label_map=step("label map", load_label_map, Path(anatomy), study) if anatomy else None,
        calibration=load_calibration_file(Path(reference)) if reference else None,
        patient=patient,
        previous=step("previous", load_result, Path(earlier)) if earlier else None,
    )


def load_scintigrams(source: Source, options: Options) -> ScintigraphyStudy:
    """Two scintigrams, or one input that holds both."""
    assert not isinstance(source, tuple)
    delayed = options.get("delayed")
    if delayed:
        _check_both_exist(Path(source), Path(delayed))
    _refuse(options, set(options) - {"delayed"}, "a scintigraphy")
    from calcimeter.load.nm.study import load_scintigraphy

    if delayed and "NM" not in (modality_of(Path(source)), modality_of(Path(delayed))):
        raise UsageError("met two inputs, expected one, or an early and a delayed scintigram (modality NM)")
    return step("load", load_scintigraphy, Path(source), Path(delayed) if delayed else None)


def _check_both_exist(first: Path, second: Path) -> None:
    """Said before what the inputs are: a mistyped name has no modality."""
    missing = [name for name, path in (("first", first), ("second", second)) if not path.exists()]
    if len(missing) == 2:
        raise UsageError("neither of the two inputs exists; check their names")
    if missing:
        raise UsageError(f"the {missing[0]} of the two inputs does not exist; check its name")


def load_film(source: Source, options: Options) -> tuple[Radiograph, RadiographReader]:
    """A radiograph with everything that a person brings."""
    _refuse(options, set(options) - RADIOGRAPH_OPTIONS - REASONING_OPTIONS - {"series"}, "a radiograph")
    from calcimeter.load.radiograph.marks import marks_of, scale_of
    from calcimeter.load.radiograph.study import RadiographOptions, load_radiograph

    assert not isinstance(source, tuple)
    patient = _patient(options)
    marks = marks_of(options.get("at"), options.get("box"))
    study = step(
        "load",
        load_radiograph,
        Path(source),
        RadiographOptions(options.get("series"), scale_of(options.get("scale"))),
    )
    return study, RadiographReader(marks, patient, options.get("brooker", False))


def _patient(options: Options) -> Patient:
    """Whom the images show, as far as a person says it."""
    if not set(options) & REASONING_OPTIONS:
        return Patient()
    from calcimeter.load.patient import load_patient

    return load_patient(options.get("labs"), options.get("subject"), options.get("history"))


def _refuse(options: Options, foreign: Iterable[str], kind: str) -> None:
    """Raise UsageError where an option means nothing with a kind of image."""
    met = sorted(set(options) & set(foreign))
    if met:
        raise UsageError(f"met the option {met[0]!r} with {kind}, where it means nothing; leave it out")
