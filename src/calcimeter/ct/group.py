"""Fragments of one deposit brought together: candidates with verdicts -> groups."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from calcimeter.ct.settings import GroupSettings
from calcimeter.geometry.distance import Cloud, gap_mm, region_surface_mm
from calcimeter.model.candidate import Candidate, Group, Verdict
from calcimeter.model.grid import FloatArray
from calcimeter.model.lesion import Category
from calcimeter.model.volume import Region, Volume

JOINED = (Category.SOFT_TISSUE, Category.VASCULAR)
"""Categories whose fragments are brought together; uncertain objects stay apart, for they may differ in kind."""


def group_fragments(volume: Volume, candidates: tuple[Candidate, ...], settings: GroupSettings) -> tuple[Group, ...]:
    """Groups of candidates of one category, soft tissue first, each category by size.

    Two groups are one deposit if the gap between their surfaces is at most 8 mm or 0.8 of the larger one's extent,
    at most 25 mm; gaps are closed from the narrowest on. Faint objects, and uncertain ones within 3 mm, join the
    soft-tissue deposit beside them; faint objects that join nothing are dropped as noise.
    """
    groups: list[list[Candidate]] = []
    for category in JOINED:
        groups += _link(volume, [c for c in candidates if c.category is category], settings)
    homes = [
        (group, Cloud.of(np.concatenate([_points_mm(volume, f.region) for f in group])))
        for group in groups
        if group[0].category is Category.SOFT_TISSUE
    ]
    for candidate in candidates:
        if candidate.category in JOINED:
            continue
        stray = candidate.category in (None, Category.UNCERTAIN)
        home = _home(volume, candidate, homes, settings) if stray else None
        if home is not None:
            home.append(candidate)
        elif candidate.category is not None:
            groups.append([candidate])
    order = list(Category)
    ready = [_group(fragments) for fragments in groups]
    return tuple(sorted(ready, key=lambda g: (order.index(g.verdict.category), -_volume_mm3(g.fragments))))


def _link(volume: Volume, candidates: list[Candidate], s: GroupSettings) -> list[list[Candidate]]:
    """Single-link clusters, the narrowest gap first, with a limit that grows with the extent."""
    clouds = [Cloud.of(_points_mm(volume, c.region)) for c in candidates]
    gaps = [
        (gap, i, j)
        for i in range(len(candidates))
        for j in range(i)
        if (gap := gap_mm(clouds[i], clouds[j], s.max_gap_mm)) <= s.max_gap_mm
    ]
    cluster = list(range(len(candidates)))
    for gap, i, j in sorted(gaps):
        a, b = cluster[i], cluster[j]
        if a == b:
            continue
        extent = max(_extent_mm([p for p, c in zip(clouds, cluster, strict=True) if c == k]) for k in (a, b))
        if gap <= max(s.gap_mm, min(s.gap_per_extent * extent, s.max_gap_mm)):
            cluster = [a if c == b else c for c in cluster]
    return [[c for c, of in zip(candidates, cluster, strict=True) if of == k] for k in sorted(set(cluster))]


def _home(
    volume: Volume, candidate: Candidate, homes: list[tuple[list[Candidate], Cloud]], s: GroupSettings
) -> list[Candidate] | None:
    """The soft-tissue deposit that a stray object belongs to."""
    own = Cloud.of(_points_mm(volume, candidate.region))
    limit = s.gap_mm if candidate.category is None else s.stray_gap_mm
    gaps = [gap_mm(own, cloud, limit) for _, cloud in homes]
    nearest = int(np.argmin(gaps)) if gaps else -1
    return homes[nearest][0] if gaps and gaps[nearest] <= limit else None


def _group(fragments: list[Candidate]) -> Group:
    """A group with the verdict of its largest fragment that has one."""
    ordered = sorted(fragments, key=lambda c: (c.verdict is None, -c.facts.volume_mm3))
    verdict = ordered[0].verdict
    assert verdict is not None
    if len(ordered) > 1:
        verdict = replace(verdict, reasons=(*verdict.reasons, f"{len(ordered)} fragments close together"))
    return Group(tuple(ordered), Verdict(verdict.category, verdict.confidence, verdict.reasons))


def _volume_mm3(fragments: tuple[Candidate, ...]) -> float:
    return sum(f.facts.volume_mm3 for f in fragments)


def _points_mm(volume: Volume, region: Region) -> FloatArray:
    """Centers of surface voxels, LPS mm."""
    return region_surface_mm(region, volume.grid)


def _extent_mm(clouds: list[Cloud]) -> float:
    """Longest side of the box around clouds."""
    low = np.min([c.low_mm for c in clouds], axis=0)
    high = np.max([c.high_mm for c in clouds], axis=0)
    return float((high - low).max())
