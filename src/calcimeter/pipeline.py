"""From a scan to its analysis: the file to read first.

    load -> body, noise, dense, metal, gas, contrast, veins, streaks, blood, skeleton, cut, spicules
         -> limbs, names, sides, islands, trunk, freed
         -> candidates, classify, group, outline; beside them calibration, resolution, gravity, then search
         -> a reader's edits -> amount, fluid levels, pattern, shape, place, extent, density, agatston (side by side)
         -> lesions, caveats -> reasoning (blood, differential) -> compare (with an earlier study)

    radiograph: load -> deposits -> sides -> reasoning        scintigraphy: load -> foci -> verdict

Every step is a pure function of records; the steps know nothing of each other and meet only here.
"""

from __future__ import annotations

from pathlib import Path
from typing import Unpack

from calcimeter import __version__
from calcimeter.abreast import abreast
from calcimeter.ct.agatston import score_agatston
from calcimeter.ct.amount import measure_amounts
from calcimeter.ct.anatomy.given import take_names
from calcimeter.ct.anatomy.islands import join_islands
from calcimeter.ct.anatomy.names import name_bones
from calcimeter.ct.anatomy.sides import tell_sides
from calcimeter.ct.anatomy.tubes import limb_bones
from calcimeter.ct.assemble import Measures, assemble, gap_of
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
from calcimeter.ct.edit import apply_edits, rejected_by
from calcimeter.ct.extent import measure_extents
from calcimeter.ct.fluid import find_fluid_levels
from calcimeter.ct.freed import free_skeleton
from calcimeter.ct.gas import find_gas
from calcimeter.ct.given import refuse_outside, take_outlines
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
from calcimeter.follow.analysis_result import result_of
from calcimeter.follow.keep import with_comparison
from calcimeter.follow.response import compare_studies
from calcimeter.intake import (
    Options,
    RadiographReader,
    Reader,
    Source,
    check,
    load_film,
    load_scan,
    load_scintigrams,
    modality,
)
from calcimeter.load.modality import RADIOGRAPH
from calcimeter.load.result import load_result, patient_of
from calcimeter.model.analysis import CTAnalysis, Provenance, Search
from calcimeter.model.anatomy import Anatomy, Dense, LabelMap
from calcimeter.model.comparison import Comparison
from calcimeter.model.conditions import Conditions
from calcimeter.model.lesion import Deposit
from calcimeter.model.measures import FluidLevel, Pattern
from calcimeter.model.radiograph import Radiograph
from calcimeter.model.radiograph_analysis import RadiographAnalysis
from calcimeter.model.result import StudyResult
from calcimeter.model.scintigram import ScintigraphyAnalysis, ScintigraphyStudy
from calcimeter.model.study import CTStudy
from calcimeter.progress import step
from calcimeter.radiograph.assemble import assemble as assemble_film
from calcimeter.radiograph.look import look as look_at_film
from calcimeter.radiograph.settings import RadiographSettings
from calcimeter.reason.explain import explain, explain_radiograph
from calcimeter.scintigraphy.look import look
from calcimeter.scintigraphy.settings import ScintigraphySettings
from calcimeter.scintigraphy.verdict import collect, decide

Analysis = CTAnalysis | RadiographAnalysis | ScintigraphyAnalysis
"""What comes of a study; every one has ``findings()``."""


def analyze(source: Source, **options: Unpack[Options]) -> Analysis:
    """Analyze a study by its modality: calcifications of a CT scan or radiograph, or scintigraphy; writes nothing.

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
    RadiographAnalysis
        Of CR and DX images, PNG and JPEG; ``calibration`` of its study says in which plane lengths hold.
    ScintigraphyAnalysis
        Of NM images; ``verdict`` says whether there is a focus, there is none, or it can't be told.

    Raises
    ------
    UsageError
        An option is unknown or wrong.
    Refused
        The input can't be measured truthfully.
    """
    check(source, options)
    kind = modality(source, options)
    if kind == "NM":
        return analyze_scintigraphy(load_scintigrams(source, options))
    if kind == RADIOGRAPH:
        return analyze_radiograph(*load_film(source, options))
    study, reader = load_scan(source, options)
    return analyze_ct(study, reader, options.get("settings"))


def analyze_ct(study: CTStudy, reader: Reader | None = None, settings: Settings | None = None) -> CTAnalysis:
    """Find and measure the calcifications of one CT study."""
    reader, settings = reader or Reader(), settings or Settings()
    dense, anatomy = _recognize(study, reader.label_map, settings)
    deposits, (conditions, search) = abreast(
        lambda: _deposits(study, dense, anatomy, reader, settings),
        lambda: _survey(study, dense, anatomy, reader, settings),
    )
    deposits, rejected = apply_edits(deposits, reader.edits), rejected_by(deposits, reader.edits)
    measures = _measures(study, dense, anatomy, deposits, conditions, settings)
    lesions, set_aside = assemble(deposits, measures, gap=gap_of(study))
    analysis = CTAnalysis(
        study=study,
        anatomy=anatomy,
        search=search,
        calibration=conditions.calibration,
        lesions=lesions,
        set_aside=set_aside,
        caveats=collect_caveats(study, anatomy, lesions, conditions.calibration, search, edited=bool(reader.edits)),
        provenance=Provenance(__version__, settings.record(), study.input_sha256, reader.edits),
        rejected=rejected,
    )
    return _followed(step("reasoning", explain, analysis, reader.patient), reader.previous)


def _recognize(study: CTStudy, label_map: LabelMap | None, settings: Settings) -> tuple[Dense, Anatomy]:
    """What is dense, and what of it is not a deposit."""
    volume = study.volume
    body = step("body", find_body, volume, settings.body)
    noise_hu = step("noise", measure_noise, volume, body)
    dense = step("dense", find_dense, volume, body, noise_hu, settings.dense)
    metal = step("metal", find_metal, volume, body, settings.dense, study.kvp)
    gas = step("gas", find_gas, volume, body, settings.gas)
    contrast = step("contrast", find_contrast, volume, dense.mask - metal, gas, noise_hu, settings.contrast)
    veins = step("veins", find_veins, volume, metal, contrast, gas, settings.veins)
    metal, contrast = metal - veins, contrast | veins
    metal |= step("streaks", find_streaks, volume, dense, metal, settings.dense)
    rest = dense.mask - metal - contrast
    contrast |= step("blood", find_blood, volume, rest, contrast, gas, noise_hu, settings.blood)
    skeleton = step("skeleton", find_skeleton, volume, dense.mask - metal - contrast, settings.skeleton)
    skeleton = step("cut", cut_attached, volume, skeleton, noise_hu, settings.cut)
    skeleton = step("spicules", cut_spicules, volume, skeleton, settings.spicules)
    if label_map is None:
        limbs = step("limbs", limb_bones, volume, body, skeleton, settings.tubes)
        skeleton = step("names", name_bones, volume, limbs, skeleton, settings.names)
        skeleton = step("sides", tell_sides, volume, body, limbs, skeleton, settings.sides)
        skeleton = step("islands", join_islands, skeleton, volume.grid.voxel_mm3, settings.islands)
    else:
        skeleton = step("names", take_names, skeleton, label_map, settings.given_names)
    organs = None if label_map is None else label_map.organs()
    trunk = step("trunk", find_trunk, volume, body, contrast, skeleton, settings.trunk)
    skeleton = step("freed", free_skeleton, volume, skeleton, trunk, settings.freed)
    return dense, Anatomy(body, skeleton, contrast, metal, gas, noise_hu, organs, trunk)


def _deposits(
    study: CTStudy, dense: Dense, anatomy: Anatomy, reader: Reader, settings: Settings
) -> tuple[Deposit, ...]:
    """Deposits as given or as found."""
    if reader.outlines is not None:
        refuse_outside(reader.outlines, anatomy.body)
        return take_outlines(study, reader.outlines, dense, anatomy.skeleton)
    candidates = step("candidates", find_candidates, study.volume, dense, anatomy, settings.candidates)
    judged = step("classify", classify, study.volume, candidates, anatomy, settings.classify)
    groups = step("group", group_fragments, study.volume, judged, anatomy, settings.group)
    return step("outline", outline_deposits, study, groups, dense, anatomy, settings.outline)


def _survey(
    study: CTStudy, dense: Dense, anatomy: Anatomy, reader: Reader, settings: Settings
) -> tuple[Conditions, Search]:
    """What measuring has to know of the scan, and what was looked at in it: nothing where outlines were given."""
    conditions = Conditions(
        step("calibration", calibrate, study, anatomy, reader.calibration, settings.calibration),
        step("resolution", measure_resolution, study.volume, anatomy.body, settings.resolution),
        step("gravity", tell_gravity, study, anatomy.body, settings.gravity),
    )
    if reader.outlines is not None:
        return conditions, nothing_searched(dense)
    return conditions, step("search", describe_search, study, dense, anatomy, conditions.resolution, settings)


def _measures(
    study: CTStudy,
    dense: Dense,
    anatomy: Anatomy,
    deposits: tuple[Deposit, ...],
    conditions: Conditions,
    settings: Settings,
) -> Measures:
    """Deposits measured in every way; the ways are independent and are gone side by side, the longest first."""
    volume, noise_hu = study.volume, anatomy.noise_hu
    _, resolution, gravity = conditions

    def layers() -> tuple[tuple[FluidLevel, ...], tuple[Pattern, ...]]:
        levels = step(
            "fluid levels", find_fluid_levels, volume, deposits, gravity, resolution, noise_hu, settings.fluid
        )
        return levels, step("pattern", tell_patterns, volume, deposits, levels, resolution, noise_hu, settings.pattern)

    amounts, (levels, patterns), shapes, places, extents, densities, scores = abreast(
        lambda: step("amount", measure_amounts, volume, deposits, anatomy, conditions, settings.amount),
        layers,
        lambda: step("shape", measure_shapes, volume, deposits, noise_hu, settings.shape),
        lambda: step("place", place_deposits, volume, deposits, anatomy, settings.place),
        lambda: step("extent", measure_extents, volume, deposits, noise_hu, resolution, settings.extent),
        lambda: step("density", measure_densities, volume, deposits),
        lambda: step("agatston", score_agatston, study, deposits, dense, anatomy),
    )
    return Measures(extents, amounts, densities, scores, shapes, patterns, levels, places)


def _followed(analysis: CTAnalysis, before: StudyResult | None) -> CTAnalysis:
    """Compared with an earlier study, whose tracking UIDs its deposits keep."""
    if before is None:
        return analysis
    who = patient_of(analysis.study)
    own = result_of(analysis, who.digest, who.date, who.birth, deidentified=who.deidentified)
    comparison = step("compare", compare_studies, before, own)
    return with_comparison(analysis, comparison)


def analyze_radiograph(
    study: Radiograph, reader: RadiographReader | None = None, settings: RadiographSettings | None = None
) -> RadiographAnalysis:
    """Measure the deposits that a reader points to on a radiograph, or those that are found."""
    reader, settings = reader or RadiographReader(), settings or RadiographSettings()
    found = step("deposits", look_at_film, study, reader.marks, settings)
    provenance = Provenance(__version__, settings.record(), study.input_sha256)
    analysis = step("sides", assemble_film, study, found, provenance, brooker=reader.brooker)
    return step("reasoning", explain_radiograph, analysis, reader.patient)


def analyze_scintigraphy(
    study: ScintigraphyStudy, settings: ScintigraphySettings | None = None
) -> ScintigraphyAnalysis:
    """Find retained tracer in an early and a delayed image."""
    settings = settings or ScintigraphySettings()
    found = step("foci", look, study, settings)
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


def compare(earlier: Path | str, later: Path | str) -> Comparison:
    """What became of a patient's deposits between two output folders of ``calcimeter analyze``; writes nothing.

    Raises
    ------
    UsageError
        A folder is none of ``calcimeter analyze``, the two are in the wrong order, or of two patients.
    Refused
        They can't be compared truthfully.
    """
    before, after = (step("load", load_result, Path(folder)) for folder in (earlier, later))
    return step("compare", compare_studies, before, after)
