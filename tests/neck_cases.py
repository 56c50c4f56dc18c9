"""Neck phantoms loaded without a file between, and the analyses of the named ones."""

from __future__ import annotations

from functools import cache

from calcimeter.model.scintigram import Scintigram, ScintigraphyAnalysis, ScintigraphyStudy
from calcimeter.phantom.neck import Camera, NeckReference, make_neck, neck_of
from calcimeter.pipeline import analyze_scintigraphy


def study_of(reference: NeckReference, *, view="anterior", interval_min=100.0, caveats=()) -> ScintigraphyStudy:
    camera = reference.camera
    early, delayed = (
        Scintigram(counts, camera.pixel_mm, view, duration, after, pinhole=False, frame=1, header=b"")
        for counts, duration, after in zip(reference.counts, camera.duration_s, camera.after_injection_min, strict=True)
    )
    return ScintigraphyStudy(early, delayed, interval_min, "sestamibi", "array", None, None, "0" * 64, tuple(caveats))


@cache
def analyzed(name: str, camera: Camera | None = None) -> ScintigraphyAnalysis:
    camera = camera or Camera()
    return analyze_scintigraphy(study_of(make_neck(neck_of(name), camera), view=camera.view))
