"""Fragments of one deposit brought together: candidates with verdicts -> groups."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from calcimeter.ct.settings import GroupSettings
from calcimeter.geometry.components import Components
from calcimeter.geometry.distance import Cloud, gap_mm, region_surface_mm
from calcimeter.model.anatomy import Anatomy
from calcimeter.model.candidate import Candidate, Group, Verdict
from calcimeter.model.lesion import Category
from calcimeter.model.volume import Volume

JOINED = (Category.SOFT_TISSUE, Category.VASCULAR)
"""Categories whose fragments are brought together; uncertain objects stay apart, for they may differ in kind."""

MIN_SET_ASIDE = 27
"""Pools and pieces under a cube of three voxels are splinters of larger ones."""


def group_fragments(
    volume: Volume, candidates: tuple[Candidate, ...], anatomy: Anatomy, settings: GroupSettings
) -> tuple[Group, ...]:
    """Groups of candidates of one category, and the contrast medium and metal that were set aside.

    Two fragments belong together if the gap between their surfaces is at most 8 mm or 0.8 of the larger one's
    extent, at most 25 mm. Uncertain objects within 3 mm join the soft-tissue deposit beside them, and so do objects
    too faint to stand alone: within 3 mm, or within 8 mm where they rise over the threshold by two standard
    deviations. Faint objects that join nothing are dropped as noise.
    """
    clouds = [Cloud.of(region_surface_mm(c.region, volume.grid)) for c in candidates]
    gathered: list[list[int]] = []
    for category in JOINED:
        members = [k for k, c in enumerate(candidates) if c.category is category]
        gathered += _link(members, clouds, settings)
    homes = [
        (group, Cloud.of(np.concatenate([clouds[k].points_mm for k in group])))
        for group in gathered
        if candidates[group[0]].category is Category.SOFT_TISSUE
    ]
    for k, candidate in enumerate(candidates):
        if candidate.category in JOINED:
            continue
        home = _home(clouds[k], homes, _stray_reach_mm(candidate, anatomy.noise_hu, settings))
        if home is not None:
            home.append(k)
        elif candidate.category is not None:
            gathered.append([k])
    return tuple(_group([candidates[k] for k in group]) for group in gathered) + _set_aside(anatomy)


def _link(members: list[int], clouds: list[Cloud], s: GroupSettings) -> list[list[int]]:
    """Clusters of candidates whose gaps are narrow for their size."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    if not members:
        return []
    low = np.array([clouds[k].low_mm for k in members])
    high = np.array([clouds[k].high_mm for k in members])
    extent = (high - low).max(axis=1)
    pairs: list[tuple[int, int]] = []
    for i in range(1, len(members)):
        limit = np.maximum(s.gap_mm, np.minimum(s.gap_per_extent * np.maximum(extent[:i], extent[i]), s.max_gap_mm))
        apart = np.maximum(np.maximum(low[:i] - high[i], low[i] - high[:i]), 0.0)
        near = [int(j) for j in np.flatnonzero(np.linalg.norm(apart, axis=1) <= limit)]
        gaps = [gap_mm(clouds[members[i]], clouds[members[j]], float(limit[j])) for j in near]
        pairs += [(i, j) for j, gap in zip(near, gaps, strict=True) if np.isfinite(gap)]
    first, second = [p[0] for p in pairs], [p[1] for p in pairs]
    graph = coo_array((np.ones(len(pairs), dtype=np.int8), (first, second)), shape=(len(members), len(members)))
    count, labels = connected_components(graph, directed=False)
    return [[k for k, label in zip(members, labels, strict=True) if label == n] for n in range(count)]


def _stray_reach_mm(candidate: Candidate, noise_hu: float, s: GroupSettings) -> float:
    """How far a candidate may lie from the deposit that it joins; negative where it joins none."""
    if candidate.category is Category.UNCERTAIN:
        return -1.0 if candidate.facts.spicule else s.stray_gap_mm
    if candidate.category is not None:
        return -1.0
    clear = candidate.facts.peak_hu >= candidate.facts.threshold_hu + s.faint_peak_sigmas * noise_hu
    return s.gap_mm if clear else s.stray_gap_mm


def _home(own: Cloud, homes: list[tuple[list[int], Cloud]], reach_mm: float) -> list[int] | None:
    """The soft-tissue deposit that a stray object belongs to."""
    gaps = [gap_mm(own, cloud, reach_mm) for _, cloud in homes] if reach_mm >= 0 else []
    nearest = int(np.argmin(gaps)) if gaps else -1
    return homes[nearest][0] if gaps and np.isfinite(gaps[nearest]) else None


def _group(fragments: list[Candidate]) -> Group:
    """A group with the verdict of its largest fragment of the category that brought it together."""
    category = fragments[0].category
    ordered = sorted(fragments, key=lambda c: (c.category is not category, -c.facts.volume_mm3))
    verdict = ordered[0].verdict
    assert verdict is not None
    if len(ordered) > 1:
        verdict = replace(verdict, reasons=(*verdict.reasons, f"{len(ordered)} fragments close together"))
    return Group(tuple(c.region for c in ordered), verdict)


def _set_aside(anatomy: Anatomy) -> tuple[Group, ...]:
    """The pools of contrast medium and the pieces of metal, so that nothing left out goes unsaid."""
    pools = Components.of(anatomy.contrast)
    pieces = Components.of(anatomy.metal)
    medium = Verdict(
        Category.CONTRAST,
        0.8,
        ("even and enclosed by nothing denser, or going on from such: contrast medium in bowel or blood",),
    )
    metal = Verdict(Category.METAL, 0.8, ("denser than any tissue: metal, or undiluted contrast medium",))
    return tuple(Group((region,), medium) for region in pools.regions(pools.voxels() >= MIN_SET_ASIDE)) + tuple(
        Group((region,), metal) for region in pieces.regions(pieces.voxels() >= MIN_SET_ASIDE)
    )
