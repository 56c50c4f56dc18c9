"""Measure scans with the package as a user would, and put each true object beside what was found in its place."""

from __future__ import annotations

import sys
from typing import Any, NamedTuple

import numpy as np

import calcimeter
from calcimeter.errors import UsageError
from calcimeter.model.volume import Volume
from calcimeter.phantom.acquire import Acquisition
from calcimeter.phantom.solids import Point
from calcimeter.report.record import analysis_record

Record = dict[str, Any]


class Interval(NamedTuple):
    """A measured value and its 95 % interval; None where the package says it does not know."""

    value: float | None
    low: float | None
    high: float | None

    @property
    def half_width(self) -> float | None:
        """Half of the interval's width."""
        return None if self.low is None or self.high is None else (self.high - self.low) / 2

    def holds(self, truth: float) -> bool | None:
        """Whether the truth lies inside; None without an interval."""
        return None if self.low is None or self.high is None else self.low <= truth <= self.high


def analyzed(volume: Volume, acquisition: Acquisition, **options: Any) -> Record:
    """The record that would become ``analysis.json``, with every category; a scan that fails is one without lesions."""
    position = None if options.pop("no_position", False) else acquisition.position
    said = {"kvp": acquisition.kvp} | ({} if position is None else {"position": position}) | options
    try:
        analysis = calcimeter.analyze((volume.values, volume.grid.affine), **said)
        return analysis_record(analysis, all_categories=True)
    except UsageError:
        raise  # nothing of the scan's: every one would fail
    except Exception as error:  # noqa: BLE001  (one failure must not cost an hour: it counts as nothing found)
        print(f"a scan failed: {type(error).__name__}: {error}", file=sys.stderr, flush=True)
        return {"lesions": [], "calibration": {"level": "none"}}


def lesion_at(record: Record, center: Point, reach_mm: float) -> Record | None:
    """The lesion whose centroid lies nearest to a place, within a third of the object's reach or 3 mm; else None."""
    away = [float(np.linalg.norm(np.subtract(lesion["centroid_mm"], center))) for lesion in record["lesions"]]
    if not away or min(away) > max(0.6 * reach_mm, 4.0):
        return None
    found: Record = record["lesions"][int(np.argmin(away))]
    return found


def interval_of(lesion: Record | None, name: str) -> Interval:
    """A measured quantity of the contract; nothing known where the field is null or not there."""
    held = None if lesion is None else lesion.get(name)
    if held is None:
        return Interval(None, None, None)
    if not isinstance(held, dict):
        return Interval(float(held), None, None)
    return Interval(held.get("value"), held.get("low"), held.get("high"))
