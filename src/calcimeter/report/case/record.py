"""A case as the dictionary that becomes ``case.json``: names, units and null rules are the contract's."""

from __future__ import annotations

import json
from importlib.resources import files
from typing import Any

from calcimeter.model.case_result import CaseResult, CaseStudy, JoinedDeposit, Sighting, StudyPair
from calcimeter.model.differential import Differential
from calcimeter.report.chemistry import divided_chemistry_record
from calcimeter.report.differential import differential_record, flags_record
from calcimeter.report.record import estimate_record, rounded
from calcimeter.report.timeline_record import timeline_record

SCHEMA = "calcimeter.case/1"
Record = dict[str, Any]


def case_record(result: CaseResult) -> Record:
    """Everything known of a case as JSON values; days count from the first study, and no calendar date is there.

    Returns
    -------
    dict
        Valid against ``load_case_schema()``; ``None`` where something is not known.
    """
    case = result.case
    return {
        "schema": SCHEMA,
        "status": "ok_with_caveats" if result.caveats else "ok",
        "caveats": [{"code": one.code, "text": one.text} for one in result.caveats],
        "subject": {"age_years": case.subject.age_years, "sex": case.subject.sex},
        "history": dict(case.history),
        "treatments": [{"what": what, "day": day} for what, day in result.treatments],
        "studies": [_study(study) for study in result.studies],
        "deposits": [_deposit(deposit) for deposit in result.deposits],
        "foci": [
            {
                "study": focus.study,
                "side": focus.side,
                "pole": focus.pole,
                "retention": rounded(focus.retention),
                "z_score": rounded(focus.z_score),
            }
            for study in result.studies
            for focus in study.foci
        ],
        "chemistry": _chemistry(result),
        "findings": {
            found.name: {"present": found.present, "because": found.because, "disagreement": found.disagreement}
            for found in result.findings
        },
        "disagreements": list(result.contradictions),
        **_ranked(result.differential),
        "red_flags": flags_record(result.red_flags),
        "comparisons": [_pair(pair) for pair in result.comparisons],
        "timeline": timeline_record(result.timeline),
        "stated": {
            "differential": list(case.stated_differential),
            "diagnosis": case.diagnosis,
            "consent": case.consent,
        },
        "provenance": {
            "version": result.version,
            "input_sha256": [study.input_sha256 or None for study in result.studies],
        },
    }


def load_case_schema() -> Record:
    """The JSON Schema (draft 2020-12) of ``case.json``."""
    text = files("calcimeter.report").joinpath("schemas/case-1.schema.json").read_text(encoding="utf-8")
    schema: Record = json.loads(text)
    return schema


def _study(study: CaseStudy) -> Record:
    return {
        "id": study.id,
        "kind": study.kind,
        "region": study.region,
        "day": study.day,
        "status": study.status,
        "reason": study.reason or None,
        "folder": study.folder,
        "regions": list(study.regions),
        "detection_limit_mm3": rounded(study.limit_mm3),
        "caveats": [one.code for one in study.caveats],
    }


def _deposit(deposit: JoinedDeposit) -> Record:
    return {
        "id": deposit.id,
        "tracking_uid": deposit.tracking_uid,
        "site": deposit.site,
        "side": deposit.side,
        "bone": deposit.bone,
        "part": deposit.part,
        "because": deposit.because or None,
        "seen": [_sighting(one) for one in deposit.seen],
    }


def _sighting(seen: Sighting) -> Record:
    return {
        "study": seen.study,
        "lesion": seen.lesion,
        "kind": seen.kind,
        "side": seen.side,
        "direction": seen.direction,
        "distance_mm": rounded(seen.distance_mm),
        "volume_mm3": estimate_record(seen.volume_mm3),
        "mass_mg_ha": estimate_record(seen.mass_mg_ha),
        "long_axis_mm": rounded(seen.long_axis_mm),
        "short_axis_mm": rounded(seen.short_axis_mm),
        "projected_mm": {plane: [rounded(mm) for mm in both] for plane, both in seen.projected_mm.items()},
        "lobes": seen.lobes,
        "pattern": seen.pattern,
        "fluid_level": seen.fluid_level,
        "fluid_levels": seen.fluid_levels,
    }


def _chemistry(result: CaseResult) -> Record | None:
    if result.chemistry is None or result.at_presentation is None:
        return None
    return divided_chemistry_record(result.chemistry, result.at_presentation)


def _ranked(differential: Differential | None) -> Record:
    if differential is None:
        return {"differential": None, "next_tests": None}
    return differential_record(differential)


def _pair(pair: StudyPair) -> Record:
    found = pair.comparison
    return {
        "earlier": pair.earlier,
        "later": pair.later,
        "status": "refused" if found is None else "ok_with_caveats" if found.caveats else "ok",
        "reason": pair.reason or None,
        "folder": pair.folder,
        "interval_days": None if found is None else found.interval_days,
        "response": "not_comparable" if found is None else found.response,
        "because": None if found is None else found.because,
        "volume_mm3": None
        if found is None
        else {
            "earlier": estimate_record(found.volume_earlier_mm3),
            "later": estimate_record(found.volume_later_mm3),
        },
        "new": None if found is None else found.new,
        "caveats": [] if found is None else [{"code": one.code, "text": one.text} for one in found.caveats],
    }
