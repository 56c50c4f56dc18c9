"""Output folders for tests of drafts: of one CT, of one scintigraphy, and of an invented case."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from PIL import Image

from builders import build_analysis
from calcimeter.report.record import analysis_record, write_json
from calcimeter.report.scintigraphy.record import scintigraphy_record
from neck_cases import analyzed

CT, NECK = "studies/01-ct", "studies/02-scintigraphy"


def write_ct(folder: Path, *, lesions: bool = True) -> Path:
    """An OUT of a synthetic CT with two deposits, or none."""
    record = analysis_record(build_analysis(lesions=lesions))
    names = ["coronal", *(["lesion-001-axial", "lesion-002-axial"] if lesions else [])]
    return _written(folder, record, names)


def write_neck(folder: Path, name: str = "scintigraphy") -> Path:
    """An OUT of a neck phantom."""
    return _written(folder, scintigraphy_record(analyzed(name)), ["early", "delayed", "ratio"])


def write_a_case(folder: Path, **changes: Any) -> Path:
    """An OUT of a case of four studies, one of them refused; fields of case.json may be replaced."""
    write_ct(folder / CT)
    write_neck(folder / NECK)
    write_ct(folder / "studies/04-ct", lesions=False)
    write_json({**_case(), **changes}, folder / "case.json")
    return folder


def write_radiograph(
    folder: Path, *, plane: str = "patient", deposits: int = 1, side: str | None = "left", caveats: tuple[str, ...] = ()
) -> Path:
    """An OUT of a radiograph, with the fields that a draft reads; its deposit has a caveat of its own."""
    measured = plane != "none"
    deposit = {
        "id": 1,
        "side": side,
        "long_axis_px": {"value": 640.2, "low": None, "high": None},
        "short_axis_px": {"value": 410.4, "low": None, "high": None},
        "long_axis_mm": {"value": 99.13, "low": 95.0, "high": 103.0} if measured else None,
        "short_axis_mm": {"value": 64.32, "low": 62.0, "high": 66.0} if measured else None,
        "caveats": ["DEPOSIT_TOUCHES_EXPOSURE_BORDER"],
    }
    record = {
        "schema": "calcimeter.analysis/1",
        "caveats": [{"code": code, "text": f"{code}."} for code in caveats],
        "study": {"modality": "DX", "body_part": "pelvis"},
        "calibration": {"plane": plane},
        "deposits": [deposit] * deposits,
        "suspects": [{"because": "like cortex"}],
        "findings": {},
        "provenance": {"version": "0.1.0"},
    }
    return _written(folder, record, ["radiograph"])


def _written(folder: Path, record: dict[str, Any], figures: list[str]) -> Path:
    (folder / "figures").mkdir(parents=True)
    write_json(record, folder / "analysis.json")
    for name in figures:
        Image.new("RGB", (40, 60), (90, 20, 20)).save(folder / "figures" / f"{name}.png")
    return folder


def _case() -> dict[str, Any]:
    """The fields of case.json that a draft reads; the dates are far from any that a draft may hold."""
    volume = {"value": 13650.0, "low": 13200.0, "high": 14100.0}
    zero = {"value": 0.0, "low": 0.0, "high": 0.0}
    text = json.dumps({"schema": "calcimeter.case/1", "status": "ok_with_caveats"})
    return {
        **json.loads(text),
        "caveats": [{"code": "CASE_READER_SIDE_DIFFERS", "text": "A reader names another side."}],
        "subject": {"age_years": 54.0, "sex": "M"},
        "history": {"dialysis": True, "chronic_kidney_disease": True, "trauma": False, "family_history": False},
        "treatments": [{"what": "parathyroidectomy", "day": 29}, {"what": "cinacalcet", "day": -3}],
        "studies": [
            _row(1, "ct", 0, CT, "hip"),
            _row(2, "scintigraphy", 8, NECK, None),
            {**_row(3, None, None, None, None), "status": "refused", "reason": "write `one_patient: true`"},
            _row(4, "ct", 211, "studies/04-ct", "hip"),
        ],
        "deposits": [
            {
                "site": "hip",
                "side": "left",
                "because": "one place on both",
                "seen": [{"study": 1, "lesion": 1}, {"study": 4, "lesion": 1}],
            }
        ],
        "chemistry": {
            "before_treatment": {
                "values": {
                    "phosphate": _result("phosphate", 2.38, "high", 0),
                    "pth_intact": {**_result("pth_intact", 1140.0, "high", 0, "pg/mL"), "comparator": ">"},
                    "calcium": _result("calcium", None, "low", 0),
                }
            },
            "pattern": {"name": "secondary_hyperparathyroidism_renal", "because": "phosphate high, PTH high"},
        },
        "timeline": {
            "blood": [
                {
                    "analyte": "phosphate",
                    "unit": "mmol/L",
                    "points": [_result("phosphate", 2.38, "high", -1), _result("phosphate", 1.36, "normal", 211)],
                }
            ],
            "studies": [{"study": 1, "kind": "ct", "day": 0}, {"study": 2, "kind": "scintigraphy", "day": 8}],
            "treatments": [{"what": "cinacalcet", "day": -3}, {"what": "parathyroidectomy", "day": 29}],
        },
        "differential": [
            {
                "diagnosis": "secondary_tumoral_calcinosis",
                "title": "secondary tumoral calcinosis",
                "probability": 0.9799,
                "evidence": [
                    {"finding": "fluid_calcium_level", "seen": True, "weight": 1.4},
                    {"finding": "phosphate", "seen": "high", "weight": 1.2},
                    {"finding": "extensor_side", "seen": False, "weight": -0.7},
                    {"finding": "site", "seen": ["hip"], "weight": 1.1},
                ],
            },
            {"diagnosis": "gout", "title": "tophaceous gout", "probability": 0.004, "evidence": []},
        ],
        "red_flags": [{"flag": "x", "about": "y", "because": "bone is eroded"}],
        "findings": {
            "parathyroid_focus": {
                "present": False,
                "because": "a reader saw that it is absent",
                "disagreement": "measured as present",
            },
            "trauma": {"present": None, "because": "nobody tells", "disagreement": None},
        },
        "disagreements": ["the reader names the right side, CT the left"],
        "comparisons": [
            {
                "earlier": 1,
                "later": 4,
                "reason": None,
                "interval_days": 211,
                "response": "complete_resolution",
                "because": "every earlier deposit vanished",
                "volume_mm3": {"earlier": volume, "later": zero},
            }
        ],
        "stated": {"differential": ["myositis_ossificans"], "diagnosis": None, "consent": True},
    }


def _row(number: int, kind: str | None, day: int | None, folder: str | None, region: str | None) -> dict[str, Any]:
    return {
        "id": number,
        "kind": kind,
        "region": region,
        "day": day,
        "status": "ok",
        "reason": None,
        "folder": folder,
        "detection_limit_mm3": 14.64 if kind == "ct" else None,
    }


def _result(analyte: str, value: float | None, status: str, day: int, unit: str = "mmol/L") -> dict[str, Any]:
    return {
        "analyte": analyte,
        "value": value,
        "unit": unit,
        "comparator": None,
        "status": status,
        "day": day,
    }
