"""What stands behind the numbers: what was searched, with what method and settings, and where that ends."""

from __future__ import annotations

from calcimeter.model.analysis import CTAnalysis, Edit
from calcimeter.model.study import CTStudy
from calcimeter.report import provenance
from calcimeter.report.wording import count, enumeration, hounsfield, number, sentence, term, volume

Row = list[str]

METHOD = (
    "Body: the patient is separated from table, clothes and air; only what lies inside is searched.",
    "Skeleton: bone is told from deposits by cortex, size and continuity, and filled, so that marrow belongs to it.",
    (
        "Candidates: voxels above the threshold outside the skeleton, contrast medium and metal; neighboring "
        "fragments of one kind are one lesion."
    ),
    (
        "Category: stated rules on place and appearance decide; confidence says how clearly, and is not a calibrated "
        "probability. What the rules can't tell is called uncertain."
    ),
    (
        "Measures: volume is the filled envelope (mineral, septa, enclosed core and fluid). The long axis is the "
        "longest distance inside one transverse slice, fragments together; the short axis is the width perpendicular "
        "to it in the same slice."
    ),
    (
        "Axes, extents and projections of a deposit that was found run between the places where the image falls to "
        "half of its level, which lie between voxels. Those of a given outline, and of what is set aside, run from "
        "voxel edge to voxel edge, which is up to a voxel too long."
    ),
)
LIMITS = (
    "Look at the images: this report supports a reader and replaces none. No diagnosis follows from it alone.",
    "Figures are resampled for display; every number was measured on the original voxels.",
    "Left and right are the patient's; the patient's right is at the left of transverse and coronal images.",
)
_POSITIONS = {
    "HFS": "head first, supine",
    "HFP": "head first, prone",
    "FFS": "feet first, supine",
    "FFP": "feet first, prone",
    "HFDL": "head first, on the left side",
    "HFDR": "head first, on the right side",
    "FFDL": "feet first, on the left side",
    "FFDR": "feet first, on the right side",
}


def acquisition(analysis: CTAnalysis) -> str:
    """How the scan was made, in one line."""
    study = analysis.study
    grid = study.volume.grid
    words = [
        f"{grid.shape[0]} slices, {number(grid.spacing_mm[0], 2)} mm apart",
        f"pixels of {number(grid.spacing_mm[1], 2)} × {number(grid.spacing_mm[2], 2)} mm",
        _energy(study),
    ]
    words.append(_kernel(study))
    words.append(_POSITIONS.get(study.position or "", "position not known"))
    return " · ".join(words)


def _kernel(study: CTStudy) -> str:
    """What the kernel is like; its name only where it is one that makers give, for the field takes any text."""
    codes = {caveat.code for caveat in study.caveats}
    if not study.kernel or "KERNEL_UNKNOWN" in codes:
        return "kernel not known"
    return f"{'sharp' if 'KERNEL_SHARP' in codes else 'soft'} kernel ({study.kernel})"


def _energy(study: CTStudy) -> str:
    """Of what energy the X-rays were, or are computed for."""
    if any(caveat.code == "MONOENERGETIC" for caveat in study.caveats):
        kev = study.monoenergetic_kev
        return "monoenergetic" if kev is None else f"monoenergetic, {number(kev)} keV"
    return "tube voltage not known" if study.kvp is None else f"{number(study.kvp)} kVp"


def searched(analysis: CTAnalysis) -> list[Row]:
    """What was looked at, and down to what size."""
    search = analysis.search
    limit = search.detection_limit_mm3
    smallest = "the smallest sphere of 300 HU found with 95 % probability at this noise and spacing"
    regions = sentence(enumeration([term(r) for r in search.regions])).rstrip(".")
    return [
        *([["Regions", regions]] if regions else []),
        ["Volume examined", volume(search.examined_mm3)],
        ["Threshold", hounsfield(search.threshold_hu)],
        ["Detection limit", "Not known" if limit is None else f"{volume(limit)}: {smallest}"],
        ["Noise in soft tissue", f"{hounsfield(analysis.anatomy.noise_hu)} (standard deviation)"],
        [
            "Not examined",
            sentence(enumeration([term(x) for x in search.not_examined])).rstrip(".") or "Nothing left out",
        ],
    ]


def skeleton_sentence(analysis: CTAnalysis) -> str:
    """The bones that were recognized."""
    bones = analysis.anatomy.skeleton.bones
    if not bones:
        return "No bone was recognized in these images."
    total = volume(sum(bone.volume_mm3 for bone in bones))
    named = [f"{bone.side or ''} {term(bone.name)}".strip() for bone in bones if bone.name]
    words = count(len(bones), "piece of skeleton")
    unnamed = len(bones) - len(named)
    names = f": {enumeration(named)}" if named else ""
    rest = "" if not unnamed else "; not named" if not named else f"; {unnamed} not named"
    return sentence(f"{words}, {total} with marrow{names}{rest}")


def edit_sentence(edit: Edit) -> str:
    """One change by a reader, with the reason given."""
    side = "side not known" if edit.side_unknown else edit.side
    changes = [term(x) for x in (edit.category, side, edit.label) if x]
    done = {"reject": "rejected", "merge": "merged into one", "set": f"set to {enumeration(changes)}"}[edit.action]
    why = f": {edit.why}" if edit.why else ""
    return sentence(f"{count(len(edit.tracking_uids), 'lesion')} {done}{why}")


def provenance_rows(analysis: CTAnalysis) -> list[Row]:
    """What makes the result repeatable, and what was given or built in."""
    built_in = analysis.anatomy.skeleton.source == "built-in"
    return [
        *provenance.provenance_rows(analysis.provenance),
        ["Calibration", "None" if analysis.calibration.level == "none" else analysis.calibration.level.capitalize()],
        ["Skeleton", "Built in" if built_in else "From a label map that was given"],
    ]
