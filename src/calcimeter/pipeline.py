"""From a scan to its analysis: the file to read first.

    load -> body, noise, dense, metal, gas, contrast, veins, streaks, blood, skeleton, cut, spicules
         -> limbs, names, sides, trunk -> candidates -> classify -> group -> outline
         -> resolution, calibration, gravity
         -> extent, amount, density, agatston, shape, pattern, fluid levels, place -> lesions
         -> chemistry, differential

Every step is a pure function of records; the steps know nothing of each other and meet only here.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, ParamSpec, TypedDict, TypeVar, Unpack

from calcimeter import __version__
from calcimeter.ct.agatston import score_agatston
from calcimeter.ct.amount import measure_amounts
from calcimeter.ct.anatomy.given import take_names
from calcimeter.ct.anatomy.names import name_bones
from calcimeter.ct.anatomy.sides import tell_sides
from calcimeter.ct.anatomy.tubes import limb_bones
from calcimeter.ct.assemble import Measures, assemble
from calcimeter.ct.blood import find_blood
from calcimeter.ct.body import find_body
from calcimeter.ct.calibrate import calibrate
from calcimeter.ct.candidates import find_candidates
from calcimeter.ct.caveats import collect_caveats
from calcimeter.ct.classify import classify
from calcimeter.ct.contrast import find_contrast
from calcimeter.ct.cut import cut_attached
from calcimeter.ct.dense import find_dense, find_metal, find_streaks
from calcimeter.ct.density import measure_densities
from calcimeter.ct.edit import apply_edits
from calcimeter.ct.extent import measure_extents
from calcimeter.ct.fluid import find_fluid_levels
from calcimeter.ct.gas import find_gas
from calcimeter.ct.given import take_outlines
from calcimeter.ct.gravity import tell_gravity
from calcimeter.ct.group import group_fragments
from calcimeter.ct.noise import measure_noise
from calcimeter.ct.outline import outline_deposits
from calcimeter.ct.pattern import tell_patterns
from calcimeter.ct.place import place_deposits
from calcimeter.ct.resolution import measure_resolution
from calcimeter.ct.search import describe_search, nothing_searched
from calcimeter.ct.settings import Settings
from calcimeter.ct.shape import measure_shapes
from calcimeter.ct.skeleton import find_skeleton
from calcimeter.ct.spicules import cut_spicules
from calcimeter.ct.trunk import find_trunk
from calcimeter.ct.veins import find_veins
from calcimeter.errors import UsageError
from calcimeter.follow.analysis_result import result_of
from calcimeter.follow.response import compare_studies
from calcimeter.load.calibration_file import load_calibration_file
from calcimeter.load.edits import load_edits
from calcimeter.load.label_map import load_label_map
from calcimeter.load.nm.files import modality_of
from calcimeter.load.nm.study import load_scintigraphy
from calcimeter.load.options import LoadOptions
from calcimeter.load.outlines import load_outlines
from calcimeter.load.patient import load_patient
from calcimeter.load.result import load_result, patient_of
from calcimeter.load.study import load_study, study_from_array
from calcimeter.model.analysis import CTAnalysis, Edit, Provenance, Search
from calcimeter.model.anatomy import Anatomy, Dense, LabelMap
from calcimeter.model.calibration import CalibrationReference
from calcimeter.model.case import Patient
from calcimeter.model.caveat import caveat
from calcimeter.model.comparison import Comparison
from calcimeter.model.ct_findings import with_lesions
from calcimeter.model.lesion import Category, Deposit, Lesion
from calcimeter.model.result import StudyResult
from calcimeter.model.scintigram import ScintigraphyAnalysis, ScintigraphyStudy
from calcimeter.model.study import CTStudy
from calcimeter.model.volume import Region
from calcimeter.reason.chemistry import read_chemistry
from calcimeter.reason.rank import rank
from calcimeter.scintigraphy.look import look
from calcimeter.scintigraphy.settings import ScintigraphySettings
from calcimeter.scintigraphy.verdict import collect, decide

P = ParamSpec("P")
R = TypeVar("R")

log = logging.getLogger("calcimeter")


@dataclass(frozen=True, slots=True, eq=False)
class Reader:
    """What a person brings: outlines in place of a search, changes, names of bones, a calibration, the patient."""

    outlines: tuple[tuple[int, Region], ...] | None = None
    edits: tuple[Edit, ...] = ()
    label_map: LabelMap | None = None
    calibration: CalibrationReference | None = None
    patient: Patient = field(default_factory=Patient)


class Options(TypedDict, total=False):
    """What a caller may say; every key can be left out.

    ``lesions``: mask of given outlines, measured instead of searching. ``edits``: file of a reader's changes.
    ``anatomy``: label map of bones and organs, in place of the built-in names. ``calibration``: file of rods in the
    images, or of a phantom. ``previous``: OUT of an earlier study of the patient, to compare with. ``labs``,
    ``subject``, ``history``: see ``load_patient``. ``series``, ``kvp``, ``position``: see ``LoadOptions``.
    ``settings``: thresholds. ``delayed``: the delayed one of two scintigrams.
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


Analysis = CTAnalysis | ScintigraphyAnalysis
"""What comes of a study; every one has ``findings()``."""


def analyze(source: Path | str | tuple[Any, Any], **options: Unpack[Options]) -> Analysis:
    """Analyze a study by its modality: the calcifications of a CT scan, or a parathyroid scintigraphy; writes nothing.

    Parameters
    ----------
    source : path, or (array, affine_lps)
        Folder, zip, DICOM file, NIfTI or NRRD; or HU with the 4 x 4 affine from array index to LPS mm.
    **options
        As in ``Options``.

    Returns
    -------
    CTAnalysis
        Without lesions where none was found; ``search`` says where and down to what size was looked.
    ScintigraphyAnalysis
        Of NM images; ``verdict`` says whether there is a focus, there is none, or it can't be told.

    Raises
    ------
    UsageError
        An option is unknown or wrong.
    Refused
        The input can't be measured truthfully.
    """
    unknown = sorted(set(options) - set(Options.__annotations__))
    if unknown:
        raise UsageError(f"met the option {unknown[0]!r}, expected one of {', '.join(sorted(Options.__annotations__))}")
    if isinstance(source, tuple) or "delayed" not in options:
        modality = "CT" if isinstance(source, tuple) else modality_of(Path(source))
    else:
        modality = "NM"
    return BY_MODALITY.get(modality, _analyze_scan)(source, options)


def _analyze_scan(source: Path | str | tuple[Any, Any], options: Options) -> CTAnalysis:
    """A CT scan with everything that a person brings."""
    patient = load_patient(options.get("labs"), options.get("subject"), options.get("history"))
    load = LoadOptions(options.get("series"), options.get("kvp"), options.get("position"))
    if isinstance(source, tuple):
        study = _step("load", study_from_array, *source, load)
    else:
        study = _step("load", load_study, Path(source), load)
    lesions, edits, anatomy = options.get("lesions"), options.get("edits"), options.get("anatomy")
    reference = options.get("calibration")
    reader = Reader(
        outlines=_step("outlines", load_outlines, Path(lesions), study) if lesions else None,
        edits=load_edits(Path(edits)) if edits else (),
        label_map=_step("label map", load_label_map, Path(anatomy), study) if anatomy else None,
        calibration=load_calibration_file(Path(reference)) if reference else None,
        patient=patient,
    )
    earlier = options.get("previous")
    before = _step("previous", load_result, Path(earlier)) if earlier else None
    analysis = analyze_ct(study, reader, options.get("settings"))
    return analysis if before is None else _followed(analysis, before)


def _analyze_scintigrams(source: Path | str | tuple[Any, Any], options: Options) -> ScintigraphyAnalysis:
    """Two scintigrams, or one input that holds both."""
    foreign = sorted(set(options) - {"delayed"})
    if foreign:
        raise UsageError(f"met the option {foreign[0]!r} with a scintigraphy, where it means nothing; leave it out")
    assert not isinstance(source, tuple)
    delayed = options.get("delayed")
    if delayed and "NM" not in (modality_of(Path(source)), modality_of(Path(delayed))):
        raise UsageError("met two inputs, expected one, or an early and a delayed scintigram (modality NM)")
    study = _step("load", load_scintigraphy, Path(source), Path(delayed) if delayed else None)
    return analyze_scintigraphy(study)


BY_MODALITY: dict[str, Callable[[Path | str | tuple[Any, Any], Options], Analysis]] = {
    "CT": _analyze_scan,
    "NM": _analyze_scintigrams,
}
"""What is done with images of a modality; of others the CT reader says what they are."""


def compare(earlier: Path | str, later: Path | str) -> Comparison:
    """What became of a patient's deposits between two output folders of ``calcimeter analyze``; writes nothing.

    Raises
    ------
    UsageError
        A folder is none of ``calcimeter analyze``, the two are in the wrong order, or of two patients.
    Refused
        They can't be compared truthfully.
    """
    before, after = (_step("load", load_result, Path(folder)) for folder in (earlier, later))
    return _step("compare", compare_studies, before, after)


def _followed(analysis: CTAnalysis, before: StudyResult) -> CTAnalysis:
    """Compared with an earlier study, whose tracking UIDs its deposits keep."""
    patient = patient_of(analysis.study)
    comparison = _step("compare", compare_studies, before, result_of(analysis, patient.digest, patient.date))
    kept = comparison.kept_uids({lesion.id: lesion.tracking_uid for lesion in analysis.lesions})
    lesions = tuple(_renamed(lesion, kept) for lesion in analysis.lesions)
    return replace(analysis, lesions=lesions, comparison=comparison)


def _renamed(lesion: Lesion, uids: Mapping[str, str]) -> Lesion:
    uid = uids.get(lesion.tracking_uid, lesion.tracking_uid)
    return replace(lesion, deposit=replace(lesion.deposit, tracking_uid=uid))


def analyze_ct(study: CTStudy, reader: Reader | None = None, settings: Settings | None = None) -> CTAnalysis:
    """Find and measure the calcifications of one CT study."""
    reader, settings = reader or Reader(), settings or Settings()
    dense, anatomy = _recognize(study, reader.label_map, settings)
    deposits = _deposits(study, dense, anatomy, reader, settings)
    deposits = apply_edits(deposits, reader.edits)
    resolution = _step("resolution", measure_resolution, study.volume, anatomy.body, settings.resolution)
    calibration = _step("calibration", calibrate, study, anatomy, reader.calibration, settings.calibration)
    gravity = _step("gravity", tell_gravity, study, anatomy.body, settings.gravity)
    levels = _step(
        "fluid levels",
        find_fluid_levels,
        study.volume,
        deposits,
        gravity,
        resolution,
        anatomy.noise_hu,
        settings.fluid,
    )
    measures = Measures(
        extents=_step("extent", measure_extents, study.volume, deposits, anatomy.noise_hu, resolution, settings.extent),
        amounts=_step(
            "amount", measure_amounts, study.volume, deposits, anatomy, resolution, calibration, settings.amount
        ),
        densities=_step("density", measure_densities, study.volume, deposits),
        agatston=_step("agatston", score_agatston, study, deposits, dense, anatomy),
        shapes=_step("shape", measure_shapes, study.volume, deposits, settings.shape),
        patterns=_step(
            "pattern",
            tell_patterns,
            study.volume,
            deposits,
            levels,
            resolution,
            anatomy.noise_hu,
            settings.pattern,
        ),
        fluid_levels=levels,
        places=_step("place", place_deposits, study.volume, deposits, anatomy, settings.place),
    )
    lesions, set_aside = assemble(deposits, measures)
    analysis = CTAnalysis(
        study=study,
        anatomy=anatomy,
        search=_search(study, dense, anatomy, reader, settings),
        calibration=calibration,
        lesions=lesions,
        set_aside=set_aside,
        caveats=collect_caveats(study, anatomy, lesions, calibration, edited=bool(reader.edits)),
        provenance=Provenance(__version__, settings.record(), study.input_sha256, reader.edits),
    )
    return _reasoned(analysis, reader.patient)


def _reasoned(analysis: CTAnalysis, patient: Patient) -> CTAnalysis:
    """What was found, beside blood results and history; without a deposit there is nothing to explain."""
    case = with_lesions(patient.case, analysis.lesions)
    chemistry = None
    if case.labs or patient.urine or patient.notes:
        chemistry = _step("chemistry", read_chemistry, case.subject, case.labs, case.history, urine=patient.urine)
        chemistry = replace(chemistry, notes=(*chemistry.notes, *patient.notes))
    if not (analysis.of_category(Category.SOFT_TISSUE) or analysis.of_category(Category.JOINT)):
        caveats = tuple(sorted({*analysis.caveats, caveat("DIFFERENTIAL_NOT_COMPUTED")}))
        return replace(analysis, chemistry=chemistry, caveats=caveats)
    differential = _step("differential", rank, case, analysis.findings(), chemistry)
    return replace(analysis, chemistry=chemistry, differential=differential)


def analyze_scintigraphy(
    study: ScintigraphyStudy, settings: ScintigraphySettings | None = None
) -> ScintigraphyAnalysis:
    """Find retained tracer in an early and a delayed image."""
    settings = settings or ScintigraphySettings()
    found = _step("foci", look, study, settings)
    codes = {one.code for one in study.caveats} | found.codes
    return ScintigraphyAnalysis(
        study=study,
        alignment=found.alignment,
        lobes=found.lobes,
        thyroid=found.thyroid,
        foci=found.foci,
        verdict=decide(found.foci, codes),
        examined_mm2=found.examined_mm2,
        caveats=collect(study, found.foci, codes),
        provenance=Provenance(__version__, settings.record(), study.input_sha256),
        ratio=found.ratio,
    )


def _recognize(study: CTStudy, label_map: LabelMap | None, settings: Settings) -> tuple[Dense, Anatomy]:
    """What is dense, and what of it is not a deposit."""
    volume = study.volume
    body = _step("body", find_body, volume, settings.body)
    noise_hu = _step("noise", measure_noise, volume, body)
    dense = _step("dense", find_dense, volume, body, noise_hu, settings.dense)
    metal = _step("metal", find_metal, volume, body, settings.dense)
    gas = _step("gas", find_gas, volume, body, settings.gas)
    contrast = _step("contrast", find_contrast, volume, dense.mask - metal, gas, noise_hu, settings.contrast)
    veins = _step("veins", find_veins, volume, metal, contrast, gas, settings.veins)
    metal, contrast = metal - veins, contrast | veins
    metal |= _step("streaks", find_streaks, volume, dense, metal, settings.dense)
    rest = dense.mask - metal - contrast
    contrast |= _step("blood", find_blood, volume, rest, contrast, gas, noise_hu, settings.blood)
    skeleton = _step("skeleton", find_skeleton, volume, dense.mask - metal - contrast, settings.skeleton)
    skeleton = _step("cut", cut_attached, volume, skeleton, noise_hu, settings.cut)
    skeleton = _step("spicules", cut_spicules, volume, skeleton, settings.spicules)
    if label_map is None:
        limbs = _step("limbs", limb_bones, volume, body, skeleton, settings.tubes)
        skeleton = _step("names", name_bones, volume, limbs, skeleton, settings.names)
        skeleton = _step("sides", tell_sides, volume, body, limbs, skeleton, settings.sides)
    else:
        skeleton = _step("names", take_names, skeleton, label_map, settings.given_names)
    organs = None if label_map is None else label_map.organs()
    trunk = _step("trunk", find_trunk, volume, body, contrast, skeleton, settings.trunk)
    return dense, Anatomy(body, skeleton, contrast, metal, gas, noise_hu, organs, trunk)


def _deposits(
    study: CTStudy, dense: Dense, anatomy: Anatomy, reader: Reader, settings: Settings
) -> tuple[Deposit, ...]:
    """Deposits as given or as found."""
    if reader.outlines is not None:
        return take_outlines(study, reader.outlines, dense)
    candidates = _step("candidates", find_candidates, study.volume, dense, anatomy, settings.candidates)
    judged = _step("classify", classify, study.volume, candidates, anatomy, settings.classify)
    groups = _step("group", group_fragments, study.volume, judged, anatomy, settings.group)
    return _step("outline", outline_deposits, study, groups, dense, anatomy, settings.outline)


def _search(study: CTStudy, dense: Dense, anatomy: Anatomy, reader: Reader, settings: Settings) -> Search:
    """What was looked at: nothing where outlines were given."""
    if reader.outlines is not None:
        return nothing_searched(dense)
    return _step("search", describe_search, study.volume, dense, anatomy, settings)


def _step(name: str, function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    """Run a step and log how long it took; the log is the progress that a shell shows."""
    log.info("%s ...", name)
    began = time.perf_counter()
    result = function(*args, **kwargs)
    seconds = time.perf_counter() - began
    log.info("%s %.1f s", name, seconds, extra={"step": name, "seconds": seconds})
    return result
