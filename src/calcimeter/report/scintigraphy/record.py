"""A scintigraphy as the dictionary that becomes ``analysis.json``: names, units and null rules are the contract's."""

from __future__ import annotations

import json
from importlib.resources import files
from typing import Any

from calcimeter.model.result import ANALYSIS_SCHEMA
from calcimeter.model.scintigram import Focus, LobeMeasures, Scintigram, ScintigraphyAnalysis, ScintigraphyStudy
from calcimeter.report.patient import record_of_test_object
from calcimeter.report.record import rounded

Record = dict[str, Any]


def scintigraphy_record(analysis: ScintigraphyAnalysis) -> Record:
    """Everything known of a scintigraphy as JSON values.

    Returns
    -------
    dict
        Valid against ``load_scintigraphy_schema()``; keys in a fixed order, numbers finite and without float noise,
        ``None`` where something is not known.
    """
    provenance = analysis.provenance
    return {
        "schema": ANALYSIS_SCHEMA,
        "status": "ok_with_caveats" if analysis.caveats else "ok",
        "caveats": [{"code": one.code, "text": one.text} for one in analysis.caveats],
        "study": _study(analysis.study),
        "search": {
            "regions": ["neck"] if analysis.lobes else [],
            "examined_mm2": rounded(analysis.examined_mm2),
        },
        "alignment": _alignment(analysis),
        "verdict": analysis.verdict,
        "foci": [_focus(k, focus) for k, focus in enumerate(analysis.foci, 1)],
        "thyroid": {"right": None, "left": None, **{side: _lobe(lobe) for side, lobe in analysis.thyroid}},
        "findings": {f.name: {"present": f.present, "because": f.because} for f in analysis.findings()},
        "provenance": {
            "version": provenance.version,
            "settings": {step: dict(values) for step, values in sorted(provenance.settings.items())},
            "input_sha256": provenance.input_sha256,
            "edits": [],
        },
    }


def load_scintigraphy_schema() -> Record:
    """The JSON Schema of ``analysis.json`` of a scintigraphy."""
    text = files("calcimeter.report").joinpath("schemas/scintigraphy-1.schema.json").read_text(encoding="utf-8")
    schema: Record = json.loads(text)
    return schema


def _study(study: ScintigraphyStudy) -> Record:
    return {
        "modality": "NM",
        **record_of_test_object(study.early.header),
        "source_format": study.source_format,
        "study_uid": study.study_uid,
        "series_uid": study.series_uid,
        "view": study.view,
        "tracer": study.tracer,
        "interval_min": rounded(study.interval_min),
        "spacing_mm": [rounded(study.early.pixel_mm)] * 2,
        "shape": list(study.early.counts.shape),
        "early": _image(study.early),
        "delayed": None if study.delayed is None else _image(study.delayed),
        "alternatives": [],
    }


def _image(image: Scintigram) -> Record:
    return {
        "frame": image.frame,
        "counts": rounded(float(image.counts.sum())),
        "duration_s": rounded(image.duration_s),
        "after_injection_min": rounded(image.after_injection_min),
        "pinhole": image.pinhole,
    }


def _alignment(analysis: ScintigraphyAnalysis) -> Record | None:
    found, pixel_mm = analysis.alignment, analysis.study.early.pixel_mm
    if found is None:
        return None
    down, right = (value * pixel_mm for value in found.shift_px)
    return {"shift_mm": [rounded(right), rounded(-down)], "residual_mm": rounded(found.residual_px * pixel_mm)}


def _focus(k: int, focus: Focus) -> Record:
    return {
        "id": k,
        "side": focus.side,
        "pole": focus.pole,
        "ratio_early": rounded(focus.ratio_early),
        "ratio_delayed": rounded(focus.ratio_delayed),
        "retention": rounded(focus.retention),
        "z_score": rounded(focus.z_score),
        "position_mm": None if focus.position_mm is None else [rounded(value) for value in focus.position_mm],
        "position_px": [rounded(value) for value in focus.position_px],
        "size_mm": rounded(focus.size_mm),
        "caveats": ["FOCUS_MAY_BE_NODULE" if focus.in_lobe else "FOCUS_OUTSIDE_THYROID"],
    }


def _lobe(lobe: LobeMeasures) -> Record:
    return {
        "area_mm2": rounded(lobe.area_mm2),
        "length_mm": rounded(lobe.length_mm),
        "counts_early": rounded(lobe.counts_early),
        "counts_delayed": rounded(lobe.counts_delayed),
        "washout": rounded(lobe.washout),
    }
