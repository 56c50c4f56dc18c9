"""Skull, shoulder, arm, hand, leg and foot as reference objects: bone meshes turned into CT-like volumes.

No real scan of these regions is at hand. The meshes (myo-sim, Apache-2.0) are those that the names were learned from,
so these figures show that the way from a scan to a name works there, not how often it is right in patients.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from shown import Row, Section, table

ROOT = Path(__file__).resolve().parents[1]
FINE_MM = 1.0
SPACING_MM = (2.0, 1.3, 1.3)
AIR_HU, FAT_HU, MUSCLE_HU, SPONGY_HU, MARROW_HU, CORTEX_HU = -1000.0, -90.0, 55.0, 260.0, -20.0, 1150.0
BLUR_MM, NOISE_HU = 0.9, 13.0
MARGIN_MM = 14.0
SKULL_MM = 7.0
"""The mesh of the skull is solid; what lies deeper is brain."""

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class View:
    """What is scanned: bones, a span of them from the lower end of one bone, flesh around them, how it is turned.

    ``span_mm`` counts from the lowest point of ``anchor`` (or from its top, if both are below 0); ``paired`` views are
    shown for both sides, and their bones are those of one side.
    """

    name: str
    bones: tuple[str, ...]
    anchor: str
    span_mm: tuple[float, float]
    flesh_mm: float
    cortex_mm: float = 2.2
    paired: bool = True


VIEWS = (
    View("skull", ("skull", "mandible", "cervical_spine"), "skull", (-60, 400), 9.0, 3.0, paired=False),
    View("shoulder", ("scapula", "clavicle", "humerus", "rib"), "scapula", (-20, 220), 22.0, 1.8),
    View("humerus", ("humerus",), "humerus", (-5, 400), 32.0, 2.8),
    View("shaft of humerus", ("humerus",), "humerus", (90, 220), 32.0, 3.0),
    View("elbow", ("humerus", "radius", "ulna"), "humerus", (-90, 90), 24.0, 2.2),
    View("forearm", ("radius", "ulna", "carpus"), "radius", (-25, 300), 20.0, 2.2),
    View("hand", ("radius", "ulna", "carpus", "hand"), "radius", (-220, 60), 10.0, 1.6),
    View("knee", ("femur", "patella", "tibia", "fibula"), "femur", (-110, 120), 30.0, 2.2),
    View("whole leg", ("femur", "patella", "tibia", "fibula", "tarsus", "foot"), "tibia", (-100, 900), 34.0, 3.0),
    View("lower leg", ("tibia", "fibula"), "tibia", (60, 260), 32.0, 3.0),
    View("foot", ("tibia", "fibula", "tarsus", "foot"), "tibia", (-110, 70), 13.0, 1.8),
)

POSES = {"straight": (0.0, 0.0, 0.0), "turned and leaning": (8.0, -9.0, 28.0), "overhead": (0.0, 180.0, 15.0)}
"""Degrees about the axes to the left, to posterior, to superior; arms are also shown overhead."""

ARM = ("humerus", "shaft of humerus", "elbow", "forearm", "hand")


@dataclass
class Score:
    """Voxels of true bone that are skeleton, and what they are called."""

    bone: int = 0
    found: int = 0
    right: int = 0
    wrong: int = 0
    paired: int = 0
    side_right: int = 0
    side_wrong: int = 0

    def add(self, other: Score) -> None:
        """Sum in place."""
        for key, value in vars(other).items():
            setattr(self, key, getattr(self, key) + value)


def add_reference(section: Section, meshes: Path) -> None:
    """Analyze every view in its poses and count."""
    import calcimeter

    pieces = _pieces(meshes)
    rows: dict[str, Score] = {}
    said: dict[str, Counter[str]] = {}
    cuts = 0
    for view, side, pose in _all_views():
        volume, affine, truth, bones = scanned(pieces, (view, side), POSES[pose])
        analysis = calcimeter.analyze((volume, affine))
        score, other = _score(analysis, truth, bones)
        cuts += len(analysis.anatomy.skeleton.cuts)
        rows.setdefault(view.name, Score()).add(score)
        said.setdefault(view.name, Counter()).update(other)
    _judge(section, rows, said)
    asked = "on reference bones the attached-deposit splitter makes no cut"
    section.rows.append(Row.judged(asked, f"{cuts} cuts", holds=cuts == 0))


def _all_views() -> Iterator[tuple[View, str, str]]:
    for view in VIEWS:
        for side in ("left", "right") if view.paired else ("",):
            for pose in POSES:
                if pose != "overhead" or view.name in ARM:
                    yield view, side, pose


def _judge(section: Section, rows: dict[str, Score], said: dict[str, Counter[str]]) -> None:
    total = Score()
    for score in rows.values():
        total.add(score)
    section.rows += [
        Row(
            "reference skull, shoulder, arm, hand, leg and foot: names, by volume of bone",
            f"right {_percent(total.right, total.found)}, wrong {_percent(total.wrong, total.found)}, the rest none",
            "said",
        ),
        Row.judged(
            "reference limbs: side wrong nowhere",
            f"wrong in {_percent(total.side_wrong, total.paired)} of paired bone, right in "
            f"{_percent(total.side_right, total.paired)}, the rest not told",
            holds=total.side_wrong == 0,
        ),
    ]
    cells = [
        (
            name,
            _percent(score.found, score.bone),
            _percent(score.right, score.found),
            _percent(score.wrong, score.found),
            _percent(score.side_right, score.paired),
            _percent(score.side_wrong, score.paired),
            ", ".join(word for word, _ in said[name].most_common(3)) or "–",
        )
        for name, score in rows.items()
    ]
    names = ("reference", "bone found", "named right", "named wrong", "side right", "side wrong", "wrong names")
    section.notes.append(table(names, cells))


def _percent(part: int, whole: int) -> str:
    return f"{100 * part / whole:.1f} %" if whole else "–"


def _score(
    analysis: Any, truth: npt.NDArray[np.uint8], bones: tuple[tuple[str, str], ...]
) -> tuple[Score, Counter[str]]:
    """Count the voxels of true bone by what the skeleton says there."""
    labels = analysis.anatomy.skeleton.labels
    both = np.stack([truth[truth > 0].astype(np.int64), labels[truth > 0].astype(np.int64)], axis=1)
    pairs, counts = np.unique(both, axis=0, return_counts=True)
    named = {bone.id: (bone.name, bone.side) for bone in analysis.anatomy.skeleton.bones}
    score, wrong = Score(), Counter[str]()
    for (number, label), count in zip(pairs.tolist(), counts.tolist(), strict=True):
        score.bone += count
        if label == 0:
            continue
        (name, side), (said, said_side) = bones[number - 1], named[label]
        score.found += count
        score.right += count * (said == name)
        score.wrong += count * (said is not None and said != name)
        if said is not None and said != name:
            wrong[f"{name} as {said}"] += count
        if side in ("left", "right"):
            score.paired += count
            score.side_right += count * (said_side == side)
            score.side_wrong += count * (said_side in ("left", "right") and said_side != side)
    return score, wrong


def _pieces(meshes: Path) -> list[tuple[str, str, Floats, Floats]]:
    """Bones as (name, side, points on a fine lattice in LPS mm, their depth in mm); as the training assembles them."""
    sys.path.insert(0, str(ROOT / "training"))
    import meshes as source  # type: ignore[import-not-found]

    source.LATTICE_MM = FINE_MM
    wanted = {bone for view in VIEWS for bone in view.bones}
    arm = source._arm(meshes)
    everything = [*source._trunk(meshes), *source._legs(meshes), *arm, *(source._mirrored(piece) for piece in arm)]
    found = []
    for piece in everything:
        name, side = piece.bone.split("/")
        if name in wanted:
            points, depth = source.inside(piece.triangles)
            keep = depth <= (SKULL_MM if name == "skull" else np.inf)
            points, depth = points[keep], depth[keep]
            found.append((name, side, points, depth))
    return found


def scanned(
    pieces: list[tuple[str, str, Floats, Floats]], what: tuple[View, str], turn: tuple[float, float, float]
) -> tuple[npt.NDArray[np.int16], Floats, npt.NDArray[np.uint8], tuple[tuple[str, str], ...]]:
    """A CT-like volume in analyzed order, its affine, the true bone of each voxel and the bones it counts."""
    view, side = what
    chosen = [p for p in pieces if p[0] in view.bones and (not view.paired or p[1] == side)]
    turned = _rotation(turn)
    chosen = [(n, s, p @ turned.T, d) for n, s, p, d in chosen]
    low, high = _span(view, chosen, turn)
    chosen = [(n, s, p[k], d[k]) for n, s, p, d in chosen if (k := (p[:, 2] >= low) & (p[:, 2] < high)).any()]
    points = np.concatenate([p for _, _, p, _ in chosen])
    first = points.min(axis=0) - (view.flesh_mm + MARGIN_MM)
    last = points.max(axis=0) + (view.flesh_mm + MARGIN_MM)
    first[2], last[2] = points[:, 2].min() - 1.0, points[:, 2].max() + 1.0
    step = np.array(SPACING_MM[::-1])
    shape = tuple(int(n) for n in (np.ceil((last - first) / step) + 1)[::-1])
    bones = tuple(sorted({(n, s) for n, s, _, _ in chosen}))
    truth, depth = np.zeros(shape, dtype=np.uint8), np.zeros(shape, dtype=np.float32)
    for name, of, place, deep in chosen:
        index = tuple(np.rint((place - first) / step).astype(int)[:, ::-1].T)
        truth[index] = 1 + bones.index((name, of))
        np.maximum.at(depth, index, deep.astype(np.float32))
    truth, depth = _without_gaps(truth, depth)
    affine = np.eye(4)
    affine[:3, :3] = np.array([[0, 0, step[0]], [0, step[1], 0], [step[2], 0, 0]])
    affine[:3, 3] = first
    return _hu(view, truth, depth), affine, truth, bones


def _without_gaps(
    truth: npt.NDArray[np.uint8], depth: npt.NDArray[np.float32]
) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.float32]]:
    """Fill the single voxels that a turned lattice leaves empty."""
    from scipy.ndimage import correlate, maximum_filter

    beside = np.zeros((3, 3, 3), dtype=np.int8)
    beside[1, 0, 1] = beside[1, 2, 1] = beside[1, 1, 0] = beside[1, 1, 2] = 1
    gap = (truth == 0) & (correlate((truth > 0).astype(np.int8), beside) >= 3)
    around = (1, 3, 3)
    return np.where(gap, maximum_filter(truth, around), truth), np.where(gap, maximum_filter(depth, around), depth)


def _span(
    view: View, chosen: list[tuple[str, str, Floats, Floats]], turn: tuple[float, float, float]
) -> tuple[float, float]:
    """Lowest and highest z of what is in view; counted downward from the anchor's other end where all is overhead."""
    anchor = np.concatenate([p for n, _, p, _ in chosen if n == view.anchor])[:, 2]
    if turn[1] == 180:
        return float(anchor.max()) - view.span_mm[1], float(anchor.max()) - view.span_mm[0]
    return float(anchor.min()) + view.span_mm[0], float(anchor.min()) + view.span_mm[1]


def _hu(view: View, truth: npt.NDArray[np.uint8], depth: npt.NDArray[np.float32]) -> npt.NDArray[np.int16]:
    """Cortex, marrow, muscle, fat, air; blurred and noisy."""
    from scipy.ndimage import distance_transform_edt, gaussian_filter

    bone = truth > 0
    away = distance_transform_edt(~bone, sampling=SPACING_MM)
    hu = np.full(truth.shape, AIR_HU, dtype=np.float32)
    hu[away <= view.flesh_mm + 5] = FAT_HU
    hu[away <= view.flesh_mm] = MUSCLE_HU
    if view.name == "skull":
        hu[_enclosed(away <= 6)] = 35.0
    inner = np.where(depth > 6, MARROW_HU, SPONGY_HU)
    hu[bone] = np.where(depth <= view.cortex_mm, CORTEX_HU, inner)[bone]
    hu = gaussian_filter(hu, [BLUR_MM / 2.355 / s for s in SPACING_MM])
    rng = np.random.default_rng(len(view.name))
    noise = gaussian_filter(rng.standard_normal(hu.shape, dtype=np.float32), (0, 0.7, 0.7))
    return np.rint(hu + noise * (NOISE_HU / noise.std())).astype(np.int16)


def _enclosed(wall: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    """What a closed wall holds in each slice."""
    from scipy.ndimage import binary_fill_holes

    return np.stack([binary_fill_holes(plane) & ~plane for plane in wall])


def _rotation(degrees: tuple[float, float, float]) -> Floats:
    a, b, c = np.deg2rad(degrees)
    x = np.array([[1, 0, 0], [0, np.cos(a), -np.sin(a)], [0, np.sin(a), np.cos(a)]])
    y = np.array([[np.cos(b), 0, np.sin(b)], [0, 1, 0], [-np.sin(b), 0, np.cos(b)]])
    z = np.array([[np.cos(c), -np.sin(c), 0], [np.sin(c), np.cos(c), 0], [0, 0, 1]])
    return z @ y @ x
