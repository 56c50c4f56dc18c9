"""A radiograph with one or two deposits of known outlines, as its analysis would be, for the tests of its report."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from calcimeter.load.radiograph.study import load_radiograph
from calcimeter.model.analysis import Provenance
from calcimeter.model.case import Patient
from calcimeter.model.measures import Estimate
from calcimeter.model.radiograph import (
    PlanarAxes,
    PlanarRegion,
    Radiograph,
    RadiographDeposit,
    Suspect,
)
from calcimeter.model.radiograph_analysis import RadiographAnalysis
from calcimeter.radiograph.side import tell_sides
from calcimeter.reason.explain import explain_radiograph
from calcimeter.report.instance import derived_uid


def ellipse(
    study: Radiograph, number: int, center: tuple[float, float], radii: tuple[float, float]
) -> RadiographDeposit:
    """A deposit that is an ellipse, its longer axis along columns; center is column and row."""
    rows, columns = np.indices(study.values.shape)
    inside = ((columns - center[0]) / radii[0]) ** 2 + ((rows - center[1]) / radii[1]) ** 2 <= 1
    height, width = np.flatnonzero(inside.any(axis=1)), np.flatnonzero(inside.any(axis=0))
    turn = np.linspace(0, 2 * np.pi, 41)
    outline = np.stack([center[0] + radii[0] * np.cos(turn), center[1] + radii[1] * np.sin(turn)], axis=1)
    outline[-1] = outline[0]
    long_px, short_px = (Estimate(2 * r, 2 * r - 1, 2 * r + 1) for r in radii)
    area_px = Estimate(
        np.pi * radii[0] * radii[1], 0.95 * np.pi * radii[0] * radii[1], 1.05 * np.pi * radii[0] * radii[1]
    )
    axes = PlanarAxes(long_px, short_px, outline[[0, 20]], outline[[10, 30]])
    return RadiographDeposit(
        id=number,
        tracking_uid=derived_uid("deposit", str(number)),
        region=PlanarRegion(
            (int(height[0]), int(width[0])), inside[height[0] : height[-1] + 1, width[0] : width[-1] + 1]
        ),
        outline_px=outline,
        centroid_px=center,
        area_px=area_px,
        axes=axes,
        area_mm2=study.calibration.area(area_px),
        long_axis_mm=study.calibration.length(long_px),
        short_axis_mm=study.calibration.length(short_px),
        contrast=Estimate(300.0, 280.0, 320.0),
        contrast_to_noise=7.5,
        confidence=0.8,
        reasons=("lies in soft tissue",),
        given="point",
    )


def analysis_of(path: Path, *, deposits: int = 1, patient: Patient | None = None) -> RadiographAnalysis:
    """The analysis of a small film with so many deposits, and a shadow that can't be told from bone where none is."""
    study = load_radiograph(path)
    own = (ellipse(study, 1, (30.0, 50.0), (12.0, 8.0)), ellipse(study, 2, (95.0, 30.0), (7.0, 5.0)))[:deposits]
    sided, _ = tell_sides(study, own)
    suspect = Suspect((64.0, 40.0), (60, 36, 68, 44), 0.4, "it lies over bone")
    analysis = RadiographAnalysis(
        study=study,
        deposits=sided,
        suspects=() if deposits else (suspect,),
        examined_px=0 if deposits else 9000,
        caveats=(),
        provenance=Provenance("0.1.0", {"outline": {"step_px": 2.0}}, study.input_sha256),
    )
    return explain_radiograph(analysis, patient or Patient())
