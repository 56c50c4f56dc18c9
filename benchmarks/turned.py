"""The real scans stored otherwise, and with the table in front: names, sides and categories must not change."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from shown import Row, Section, table

Stored = tuple[npt.NDArray[np.generic], npt.NDArray[np.float64]]
AIR_HU = -1000


def flipped(analysis: Any) -> Stored:
    """Every axis runs the other way."""
    values, affine = _stored(analysis)
    turned = affine.copy()
    turned[:3, 3] += affine[:3, :3] @ (np.array(values.shape) - 1)
    turned[:3, :3] *= -1
    return values[::-1, ::-1, ::-1], turned


def reoriented(analysis: Any) -> Stored:
    """Stored as sagittal slices."""
    values, affine = _stored(analysis)
    return values.transpose(2, 0, 1), affine[:, [2, 0, 1, 3]]


def table_in_front(analysis: Any) -> Stored:
    """As if the patient lay prone: what is outside the body, table and all, is before instead of behind."""
    values, affine = _stored(analysis)
    outside = ~analysis.anatomy.body.to_bool()
    mirrored = np.where(outside[:, ::-1], values[:, ::-1], AIR_HU)
    return np.where(outside, mirrored, values).astype(values.dtype), affine


TURNS: dict[str, Callable[[Any], Stored]] = {
    "every axis flipped": flipped,
    "stored as sagittal slices": reoriented,
    "table in front": table_in_front,
}
POSITIONS = ("HFS", "FFS", "HFP", "FFP", "HFDR")


def add_turned(section: Section, analyses: dict[str, Any]) -> None:
    """Analyze each scan in each turn, and one in each position of the header."""
    import calcimeter

    if not analyses:
        section.skip("flipped, re-oriented, feet first, prone: the same names, sides, categories", "no scan at hand")
        return
    rows = []
    for turn, function in TURNS.items():
        changed = {
            name: _changes(analysis, calcimeter.analyze(function(analysis))) for name, analysis in analyses.items()
        }
        words = [f"{name}: {change}" for name, change in changed.items() if change]
        rows.append((turn, str(len(changed)), "; ".join(words) or "nothing"))
    if "STS_012" in analyses:
        scan = _stored(analyses["STS_012"])  # without its header, which would contradict all positions but its own
        changes = [_changes(analyses["STS_012"], calcimeter.analyze(scan, position=one)) for one in POSITIONS]
        rows.append((f"given as {', '.join(POSITIONS)}", "1", "; ".join(c for c in changes if c) or "nothing"))
    holds = all(row[2] == "nothing" for row in rows)
    asked = "flipped, re-oriented, feet first, prone: the same names, sides, categories"
    unchanged = sum(row[2] == "nothing" for row in rows)
    section.rows.append(Row.judged(asked, f"{unchanged} of {len(rows)} ways change nothing", holds=holds))
    section.notes.append(table(("turned", "scans", "changes"), rows))


def _stored(analysis: Any) -> Stored:
    volume = analysis.study.volume
    return volume.values, np.array(volume.grid.affine)


def _changes(one: Any, other: Any) -> str:
    """What differs between two analyses of the same patient, in words; nothing if nothing does."""
    words = []
    if not _same_volumes(_named_ml(one), _named_ml(other)):
        words.append("names or sides")
    if _categories(one) != _categories(other):
        words.append("categories")
    return " and ".join(words)


def _same_volumes(one: dict[Any, float], other: dict[Any, float]) -> bool:
    """Whether every name and side has the same volume to 2 mL or 5 %: the skin beside the table may differ a little."""
    pairs = [(one.get(key, 0.0), other.get(key, 0.0)) for key in one.keys() | other.keys()]
    return all(abs(a - b) <= max(2.0, 0.05 * max(a, b)) for a, b in pairs)


def _named_ml(analysis: Any) -> dict[tuple[str | None, str | None], float]:
    """Volume by name and side, mL."""
    sums: dict[tuple[str | None, str | None], float] = {}
    for bone in analysis.anatomy.skeleton.bones:
        sums[bone.name, bone.side] = sums.get((bone.name, bone.side), 0.0) + bone.volume_mm3
    return {key: volume / 1000 for key, volume in sums.items()}


def _categories(analysis: Any) -> list[tuple[str, int]]:
    """Category and place of everything listed, to 2 mm."""
    return sorted(
        (str(one.category), *(int(np.floor(c / 2 + 0.25)) for c in one.extent.centroid_mm)) for one in analysis.lesions
    )
