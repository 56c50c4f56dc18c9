"""An analysis in memory -> what following deposits over time needs: the same as its output folder tells."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from calcimeter.geometry.aside import left_aside
from calcimeter.geometry.coarse import coarse_code, coarse_hu, coarsened, surface_points
from calcimeter.model.result import BoneResult, LesionResult, StudyResult, digest_of

if TYPE_CHECKING:
    import datetime as dt

    from calcimeter.model.analysis import CTAnalysis
    from calcimeter.model.grid import FloatArray


def result_of(
    analysis: CTAnalysis,
    patient: str = "",
    date: dt.date | None = None,
    birth: str = "",
    *,
    deidentified: bool = False,
) -> StudyResult:
    """What ``load_result`` would read from the output folder of this analysis, but for six digits of its numbers.

    Parameters
    ----------
    patient, date, birth, deidentified
        What the headers say, which this part can't read; see ``StudyResult``.
    """
    study, grid = analysis.study, analysis.study.volume.grid
    coarse, surfaces = coarsened(analysis.anatomy, grid), surface_points(analysis.anatomy, grid)
    bones = []
    for bone in analysis.anatomy.skeleton.bones:
        own = surfaces.bone == bone.id
        points, normals = surfaces.points_mm[own].astype(np.float64), surfaces.normals[own].astype(np.float64)
        bones.append(BoneResult(bone.id, bone.name, bone.side, points, normals))
    caveats = {*analysis.caveats, *study.caveats}
    return StudyResult(
        lesions=_lesions(analysis),
        bones=tuple(bones),
        body=coarse.body > 0,
        bones_mask=coarse.bones > 0,
        affine_lps=coarse.affine_lps,
        spacing_mm=grid.spacing_mm,
        kvp=study.kvp,
        kernel=study.kernel,
        calibration=analysis.calibration.level,
        threshold_hu=analysis.search.threshold_hu,
        detection_limit_mm3=analysis.search.detection_limit_mm3,
        searched=analysis.search.examined_mm3 > 0,
        date=date,
        patient=patient,
        codes=frozenset(caveat.code for caveat in caveats),
        birth=birth,
        deidentified=deidentified,
        mg_ha_per_ml_per_hu=analysis.calibration.mg_ha_per_ml_per_hu,
        aside=left_aside(analysis),
        hu=coarse_hu(coarse_code(study.volume)),
        version=analysis.provenance.version,
        settings=digest_of(analysis.provenance.settings),
        input_sha256=analysis.provenance.input_sha256,
    )


def _lesions(analysis: CTAnalysis) -> tuple[LesionResult, ...]:
    """Where two envelopes overlap, the smaller has the voxels, as in the label map of the folder."""
    grid = analysis.study.volume.grid
    voxels: dict[int, FloatArray] = {}
    taken = np.zeros(0, dtype=np.int64)
    for lesion in sorted(analysis.lesions, key=lambda one: (one.deposit.envelope.voxels, -one.id)):
        index = lesion.deposit.envelope.indices()
        flat = np.ravel_multi_index(tuple(index.T), grid.shape)
        own = ~np.isin(flat, taken)
        taken = np.concatenate([taken, flat])
        if own.any():
            voxels[lesion.id] = grid.to_patient(index[own])
    return tuple(
        LesionResult(
            id=lesion.id,
            tracking_uid=lesion.deposit.tracking_uid,
            category=lesion.category,
            centroid_mm=lesion.extent.centroid_mm,
            volume_mm3=lesion.amount.volume_mm3,
            mass_mg_ha=lesion.amount.mass_mg_ha,
            bone_id=lesion.place.bone_id,
            caveats=tuple(sorted({*lesion.caveats, *lesion.deposit.caveats})),
            voxels_mm=voxels.get(lesion.id, np.array([lesion.extent.centroid_mm])),
            mean_hu=lesion.density.mean_hu,
        )
        for lesion in analysis.lesions
    )
