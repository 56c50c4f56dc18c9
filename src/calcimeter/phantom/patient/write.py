"""The reference patient as a folder: images, ``case.yaml`` and ``truth.json``."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

from calcimeter.phantom.acquire import scan
from calcimeter.phantom.dicom import moment_of, write_reference
from calcimeter.phantom.neck.camera import make_neck
from calcimeter.phantom.neck.catalog import neck_of
from calcimeter.phantom.neck.dicom import write_neck
from calcimeter.phantom.patient.reference import (
    AGE_YEARS,
    BLOOD,
    FILM,
    HISTORY,
    LAST,
    OPERATED,
    RADIOGRAPH,
    RANGES,
    SCINTIGRAPHY_DAY,
    SEX,
    TREATMENTS,
    ct_studies,
    film_scene,
)
from calcimeter.phantom.radiograph import expose_radiograph, write_radiograph

NAME = "reference-patient"
SCHEMA = "calcimeter.case-truth/1"
HEAD = """\
# The digital reference patient of Calcimeter. He is nobody: the images are computed from solids, and the blood
# results are INVENTED. What is true of him stands in truth.json.
"""


def write_patient(out: Path) -> dict[str, Any]:
    """Write every study, ``out/case.yaml`` and ``out/truth.json``.

    Returns
    -------
    dict
        The truth.

    Raises
    ------
    OutputExists
        A folder of images is there already.
    """
    studies = list(_write_studies(out))
    studies.sort(key=lambda study: int(study["day"]))
    truth = _truth(studies)
    (out / "case.yaml").write_text(_case_text(studies), encoding="utf-8")
    (out / "truth.json").write_text(json.dumps(truth, indent=1, allow_nan=False) + "\n", encoding="utf-8")
    return truth


def _write_studies(out: Path) -> Iterator[dict[str, Any]]:
    """Each study as files, and the truth about it."""
    film = expose_radiograph(film_scene(), FILM)
    image = write_radiograph(film, out / RADIOGRAPH)
    yield {
        "path": f"{RADIOGRAPH}/{image.name}",
        "kind": "radiograph",
        "region": "pelvis",
        "day": 0,
        "box": [[round(place) for place in one["box_px"]] for one in film.truth["deposits"]],
        "truth": json.loads((out / RADIOGRAPH / "truth.json").read_text(encoding="utf-8")),
    }
    for study in ct_studies():
        reference = scan(study.scene, study.acquisition)
        write_reference(reference, out / study.folder, study.day)
        yield {
            "path": f"{study.folder}/dicom",
            "kind": "ct",
            "region": study.region,
            "day": study.day,
            "truth": json.loads((out / study.folder / "truth.json").read_text(encoding="utf-8")),
        }
    neck = make_neck(neck_of("scintigraphy"))
    early, delayed = write_neck(neck, out / "scintigraphy", SCINTIGRAPHY_DAY)
    paths = [f"scintigraphy/{path.name}" for path in (early, delayed)]
    yield {"path": paths, "kind": "scintigraphy", "region": None, "day": SCINTIGRAPHY_DAY, "truth": neck.truth}


def _truth(studies: list[dict[str, Any]]) -> dict[str, Any]:
    """What is true of him, by construction."""
    numbered = [{"id": number, **study} for number, study in enumerate(studies, start=1)]
    return {
        "schema": SCHEMA,
        "name": NAME,
        "subject": {"age_years": AGE_YEARS, "sex": SEX},
        "history": HISTORY,
        "studies": numbered,
        "deposits": list(_deposits(numbered)),
        "foci": [
            {"study": study["id"], "side": focus["side"], "pole": focus["pole"]}
            for study in numbered
            for focus in study["truth"].get("foci", ())
        ],
        "comparison": {"interval_days": LAST - 1, "response": "complete_resolution", "state": "vanished"},
        "treatments": [{"what": what, "day": day} for what, day in TREATMENTS],
        "blood": {
            "invented": True,
            "pattern": "secondary_hyperparathyroidism_renal",
            "calcium": {"first": "low", "last": "normal", "direction": "rising"},
            "operated_on_day": OPERATED,
        },
        "diagnosis": "secondary_tumoral_calcinosis",
    }


SITES = {"mass": ("hip", "left"), "sternal mass": ("sternum", "midline")}
"""Deposit -> site and side, in the terms of the vocabulary."""


def _deposits(studies: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Each deposit with every study that shows it."""
    for name, (site, side) in SITES.items():
        seen = [
            {"study": study["id"], "lesion": number}
            for study in studies
            for number, lesion in enumerate(_shown(study["truth"]), start=1)
            if lesion["name"] == name
        ]
        yield {"name": name, "site": site, "side": side, "seen": seen}


def _shown(truth: dict[str, Any]) -> list[dict[str, Any]]:
    """The deposits of one study in the order of their ids."""
    return [*truth.get("lesions", ()), *truth.get("deposits", ())]


def _case_text(studies: list[dict[str, Any]]) -> str:
    """The case file, written out by hand: ``load`` reads it and ``phantom`` may not know it."""
    lines = [HEAD, f"subject: {{age_years: {AGE_YEARS}, sex: {SEX}}}", "history:"]
    lines += [f"  {term}: {'true' if holds else 'false'}" for term, holds in HISTORY.items()]
    lines.append("labs:  # invented")
    for day, results in BLOOD.items():
        for analyte, value in results.items():
            unit, low, high = RANGES[analyte]
            lines.append(
                f"  - {{analyte: {analyte}, value: {value:g}, unit: {unit}, date: {_date(day)},"
                f" reference: [{low:g}, {high:g}]}}"
            )
    lines.append("studies:")
    for study in studies:
        path = study["path"] if isinstance(study["path"], str) else f"[{', '.join(study['path'])}]"
        region = f", region: {study['region']}" if study["region"] else ""
        boxes = f", box: {study['box']}" if study.get("box") else ""
        lines.append(f"  - {{path: {path}{region}, date: {_date(study['day'])}{boxes}}}")
    lines.append("treatments:")
    lines += [f"  - {{what: {what}, date: {_date(day)}}}" for what, day in TREATMENTS]
    lines += ["consent: true", "diagnosis: secondary_tumoral_calcinosis  # never evidence", ""]
    return "\n".join(lines)


def _date(day: int) -> str:
    """The date of a day as in the headers."""
    return (moment_of(0) + timedelta(days=day)).date().isoformat()
