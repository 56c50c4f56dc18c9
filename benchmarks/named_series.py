"""The eight sarcoma series against the table of bones and sides that was written from the images beforehand."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from shown import Row, Section, share, table

TABLE = Path(__file__).with_name("sts_bones.toml")
NEAR_MM = 6.0
SLIVER_MM3 = 500.0
"""Bones smaller than this are too little of a bone to be named or missed."""


@dataclass
class Count:
    """What was told at the points of the table."""

    points: int = 0
    named: int = 0
    misnamed: int = 0
    owed: int = 0
    sided: int = 0
    wrong: int = 0
    bare: int = 0
    bare_sided: int = 0

    def add(self, other: Count) -> None:
        """Sum in place."""
        for key, value in vars(other).items():
            setattr(self, key, getattr(self, key) + value)


def add_series(section: Section, analyses: dict[str, Any]) -> None:
    """Judge the series at hand; ``analyses`` holds them by name."""
    described = tomllib.loads(TABLE.read_text())
    total, rows = Count(), []
    strange: list[str] = []
    elsewhere: list[str] = []
    for name, series in described.items():
        if name not in analyses:
            continue
        count, line = _judged(analyses[name], series)
        total.add(count)
        foreign = _not_in_view(analyses[name], series)
        strange += [f"{name}: {words}" for words in foreign]
        elsewhere += [f"{name}: {words}" for words in _misplaced(analyses[name], series)]
        rows.append((name, *line, "; ".join(foreign) or "–"))
    if not rows:
        section.skip("names and sides of the eight sarcoma series", "the series are not at hand")
        return
    section.rows += [
        Row.judged(
            "bones of the eight sarcoma series named as in the table written beforehand",
            f"{share(total.named, total.points)} of the table's points; {total.misnamed} with another name",
            holds=total.named == total.points,
        ),
        Row.judged(
            "side given where the images tell it, wrong nowhere",
            f"given {share(total.sided, total.owed)}, wrong {total.wrong}",
            holds=total.wrong == 0 and total.sided == total.owed,
        ),
        Row.judged(
            "a bare shaft without the other leg in view has no side",
            f"{total.bare_sided} of {total.bare} points got one",
            holds=total.bare_sided == 0,
        ),
        Row.judged("no bone is named that is not in view", f"{len(strange)} such", holds=not strange),
        Row.judged(
            "no listed object is placed at a joint or site that is not in view",
            f"{len(elsewhere)} such{': ' if elsewhere else ''}{', '.join(sorted(set(elsewhere))[:6])}",
            holds=not elsewhere,
        ),
    ]
    names = ("series", "in view (images)", "told at the points", "named but not in view")
    section.notes.append(table(names, rows))


def _judged(analysis: Any, series: dict[str, Any]) -> tuple[Count, tuple[str, str]]:
    """The counts of one series, and what was expected and told, in words."""
    count, wanted, told = Count(), [], []
    for bone in series["bones"]:
        names, side = bone["name"].split("|"), bone["side"]
        answers = [_at(analysis, point) for point in bone["points_mm"]]
        bare = bone["owed"] == "none"
        paired = side != "midline"
        said = [s for _, s in answers if s in ("left", "right")]
        count.add(
            Count(
                points=len(answers),
                named=sum(n in names for n, _ in answers),
                misnamed=sum(n is not None and n not in names for n, _ in answers),
                owed=len(answers) if paired and not bare else 0,
                sided=len(said) if paired and not bare else 0,
                wrong=sum(s != side for s in said) if paired else 0,
                bare=len(answers) if bare else 0,
                bare_sided=len(said) if bare else 0,
            )
        )
        label = "/".join(names)
        wanted.append(f"{label} {side}{' (side not owed)' if bare else ''}")
        told.append(", ".join(sorted({f"{n or 'no name'} {s or '–'}" for n, s in answers})))
    return count, ("; ".join(wanted), "; ".join(told))


def _at(analysis: Any, point_mm: list[float]) -> tuple[str | None, str | None]:
    """Name and side of the bone at a place, or within 6 mm of it; nothing where there is none."""
    skeleton, grid = analysis.anatomy.skeleton, analysis.study.volume.grid
    middle = np.rint(grid.to_index(point_mm)).astype(int)
    reach = np.ceil(NEAR_MM / np.array(grid.spacing_mm)).astype(int)
    low, high = np.maximum(middle - reach, 0), np.minimum(middle + reach + 1, skeleton.labels.shape)
    box = skeleton.labels[tuple(slice(a, b) for a, b in zip(low, high, strict=True))]
    inside = np.argwhere(box > 0)
    if len(inside) == 0:
        return (None, None)
    distance = np.linalg.norm((inside + low - middle) * grid.spacing_mm, axis=1)
    nearest = inside[int(distance.argmin())]
    if distance.min() > NEAR_MM:
        return (None, None)
    number = int(box[tuple(nearest)])
    (bone,) = (b for b in skeleton.bones if b.id == number)
    return (bone.name, bone.side)


def _not_in_view(analysis: Any, series: dict[str, Any]) -> list[str]:
    """Named bones of some size that the table does not have."""
    known = {(name, bone["side"]) for bone in series["bones"] for name in bone["name"].split("|")}
    names = {name for name, _ in known}
    found = []
    for bone in analysis.anatomy.skeleton.bones:
        if bone.name is None or bone.volume_mm3 < SLIVER_MM3 or bone.name in series["slivers"]:
            continue
        fits = (bone.name, bone.side) in known or (bone.side is None and bone.name in names)
        if not fits:
            found.append(f"{bone.name} {bone.side or '–'} {bone.volume_mm3 / 1000:.1f} mL")
    return found


def _misplaced(analysis: Any, series: dict[str, Any]) -> list[str]:
    """Joints and sites of listed objects that the table does not have."""
    found = []
    for one in analysis.lesions:
        joint, site = getattr(one.place, "joint", None), getattr(one.place, "site", None)
        found += [f"joint {joint}"] if joint is not None and joint not in series["joints"] else []
        found += [f"site {site}"] if site not in (None, "vessels", *series["sites"]) else []
    return found
