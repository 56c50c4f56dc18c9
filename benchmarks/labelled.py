"""Two real volumes with label maps of another network: how complete and pure the skeleton is, and how its bones are
named, asked from random points in soft tissue.

Nothing of the package's own reading of label maps is used here: the judge has its own.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from shown import Row, Section, share, table

KNOWLEDGE = Path(__file__).resolve().parents[1] / "src" / "calcimeter" / "knowledge"
MIDLINE = {"skull", "cervical_spine", "thoracic_spine", "lumbar_spine", "sacrum", "sternum"}
BONE_OF = {
    r"vertebrae_C\d+": "cervical_spine",
    r"vertebrae_T\d+": "thoracic_spine",
    r"vertebrae_L\d+": "lumbar_spine",
    r"vertebrae_S1|sacrum": "sacrum",
    r"rib_(left|right)_\d+": "rib",
    r"sternum": "sternum",
    r"clavicula_(left|right)": "clavicle",
    r"scapula_(left|right)": "scapula",
    r"humerus_(left|right)": "humerus",
    r"femur_(left|right)": "femur",
    r"hip_(left|right)": "hip_bone",
    r"skull": "skull",
}
BONE_HU, EXTREME_HU = 200, 2500
HALO_MM, FALSE_MM = 5.0, 5.0
NAIL_MM = 10.0
POINTS, REACH_MM, DIFFERENCE_MM = 4000, 40.0, 5.0
SOFT_HU = (-150, 150)

Named = tuple[str | None, str | None]


@dataclass(frozen=True, eq=False)
class Labelled:
    """A scan as analyzed with the bones of its label map: ``truth`` holds indices into ``bones``, 0 elsewhere."""

    name: str
    analysis: Any
    truth: npt.NDArray[np.uint8]
    classes: npt.NDArray[np.uint8]
    class_names: dict[int, str]
    bones: tuple[Named, ...]

    @property
    def values(self) -> npt.NDArray[np.generic]:
        """HU."""
        return self.analysis.study.volume.values

    @property
    def grid(self) -> Any:
        """The analyzed grid."""
        return self.analysis.study.volume.grid

    @property
    def skeleton(self) -> Any:
        """As found."""
        return self.analysis.anatomy.skeleton

    @cached_property
    def extreme(self) -> npt.NDArray[np.bool_]:
        """Metal and undiluted contrast medium with their halo."""
        from calcimeter.geometry.morphology import dilate, threshold

        return dilate(threshold(self.values, EXTREME_HU), HALO_MM, self.grid.spacing_mm).to_bool()


def class_names_v1() -> dict[int, str]:
    """Numbers of TotalSegmentator, version 1."""
    knowledge = tomllib.loads((KNOWLEDGE / "label_maps.toml").read_text())
    (classes,) = (one["classes"] for one in knowledge["numbering"] if one["name"] == "TotalSegmentator v1")
    return dict(enumerate(classes, 1))


def class_names_of(structures: Path) -> dict[int, str]:
    """Numbers of a table with the columns group, original_idx, structure, id."""
    rows = [line.split(",") for line in structures.read_text().splitlines()[1:]]
    return {int(row[3]): row[2] for row in rows}


def bone_of(class_name: str) -> Named | None:
    """Name and side of a class that is a bone."""
    for pattern, name in BONE_OF.items():
        if re.fullmatch(pattern, class_name):
            side = "left" if "left" in class_name else "right" if "right" in class_name else None
            return (name, side or "midline")
    return None


def load_labelled(name: str, scan: Path, mask: Path, class_names: dict[int, str]) -> Labelled:
    """Analyze a scan and take the label map that lies on its grid."""
    import nibabel

    import calcimeter

    analysis = calcimeter.analyze(scan)
    layout = analysis.study.volume.layout
    classes = np.ascontiguousarray(layout.from_source(np.asarray(nibabel.load(mask).dataobj).astype(np.uint8)))
    named = {number: bone for number, c in class_names.items() if (bone := bone_of(c)) is not None}
    bones = tuple(sorted(set(named.values())))
    look_up = np.zeros(256, dtype=np.uint8)
    for number, bone in named.items():
        look_up[number] = 1 + bones.index(bone)
    return Labelled(name, analysis, look_up[classes], classes, class_names, bones)


def skeleton_rows(one: Labelled, limit_ml: float) -> list[Row]:
    """Recall and purity."""
    found = one.skeleton.labels > 0
    bone = (one.truth > 0) & (one.values > BONE_HU)
    counted = bone & ~one.extreme
    recall = (found & counted).sum() / counted.sum()
    plain = bone & (one.values <= EXTREME_HU)
    false_ml, beside_ml = false_volume_ml(one)
    has_nail = one.name == "pelvis"
    counted_ml = beside_ml if has_nail else false_ml
    what = f"skeleton more than {FALSE_MM:.0f} mm from labelled bone{' beside the nail' if has_nail else ''}"
    return [
        Row.judged(
            f"{one.name}: at least 97 % of labelled bone over {BONE_HU} HU is skeleton",
            f"{100 * recall:.2f} % ({100 * (found & plain).sum() / plain.sum():.2f} % with the halo of what is over "
            f"{EXTREME_HU} HU)",
            holds=recall >= 0.97,
        ),
        Row.judged(
            f"{one.name}: {what}, at most {limit_ml:.0f} mL",
            f"{false_ml:.1f} mL, {beside_ml:.1f} mL of it over {NAIL_MM:.0f} mm from anything over {EXTREME_HU} HU",
            holds=counted_ml <= limit_ml,
        ),
    ]


def false_volume_ml(one: Labelled) -> tuple[float, float]:
    """Skeleton far from labelled bone: all of it, and without what lies beside metal or undiluted contrast, mL."""
    far = false_skeleton(one)
    ml = one.grid.voxel_mm3 / 1000
    extreme = one.grid.to_patient(np.argwhere(one.values > EXTREME_HU))
    if len(far) == 0 or len(extreme) == 0:
        return len(far) * ml, len(far) * ml
    distance = _distance_mm(one.grid.to_patient(far), extreme, NAIL_MM)
    return len(far) * ml, int((distance > NAIL_MM).sum()) * ml


def false_skeleton(one: Labelled) -> npt.NDArray[np.int64]:
    """Indices of skeleton voxels more than 5 mm from labelled bone, (n, 3)."""
    from calcimeter.geometry.distance import surface_points_mm
    from calcimeter.model.anatomy import Mask

    beside = np.argwhere((one.skeleton.labels > 0) & (one.truth == 0))
    surface = surface_points_mm(Mask.from_bool(one.truth), one.grid)
    return beside[_distance_mm(one.grid.to_patient(beside), surface, FALSE_MM) > FALSE_MM]


@dataclass(frozen=True, eq=False)
class Asked:
    """Points in soft tissue: which bone is nearest by the label map and by the skeleton."""

    true: list[Named]
    said: list[Named]

    def right(self) -> int:
        """Names told right."""
        return sum(t[0] == s[0] for t, s in zip(self.true, self.said, strict=True))

    def paired(self) -> list[tuple[Named, Named]]:
        """Those whose bone comes in pairs."""
        return [(t, s) for t, s in zip(self.true, self.said, strict=True) if t[1] in ("left", "right")]

    def sides(self) -> tuple[int, int, int]:
        """Of paired bones: how many there are, given a side, given the other side."""
        paired = self.paired()
        given = [(t, s) for t, s in paired if s[1] in ("left", "right")]
        return len(paired), len(given), sum(t[1] != s[1] for t, s in given)


def ask_points(one: Labelled, seed: int = 4) -> Asked:
    """Random points in soft tissue near bone, those between two bones left out."""
    points = _soft_points(one, seed)
    distance, nearest = _two_nearest(one, points)
    clear = (distance[:, 0] <= REACH_MM) & (distance[:, 1] - distance[:, 0] >= DIFFERENCE_MM)
    points, nearest = points[clear][:POINTS], nearest[clear][:POINTS]
    return Asked([one.bones[k] for k in nearest], _answers(one, points))


def _soft_points(one: Labelled, seed: int) -> npt.NDArray[np.float64]:
    """LPS of voxels with the density of soft tissue, in the body, outside labelled bone and skeleton, in any order."""
    rng = np.random.default_rng(seed)
    index = np.stack([rng.integers(0, n, 200_000) for n in one.values.shape], axis=1)
    at = tuple(index.T)
    hu = one.values[at]
    soft = (hu > SOFT_HU[0]) & (hu < SOFT_HU[1]) & (one.truth[at] == 0)
    soft &= (one.skeleton.labels[at] == 0) & one.analysis.anatomy.body.to_bool()[at]
    return one.grid.to_patient(index[soft][: 6 * POINTS])


def _two_nearest(one: Labelled, points: npt.NDArray[np.float64]) -> tuple[npt.NDArray[Any], npt.NDArray[Any]]:
    """Distances to the two nearest labelled bones, (n, 2), and which is the nearest, (n,)."""
    from calcimeter.geometry.distance import surface_points_mm
    from calcimeter.model.anatomy import Mask

    each = np.full((len(one.bones), len(points)), np.inf)
    for k in range(len(one.bones)):
        surface = surface_points_mm(Mask.from_bool(one.truth == k + 1), one.grid)
        if len(surface):
            each[k] = _distance_mm(points, surface, REACH_MM + DIFFERENCE_MM)
    order = np.argsort(each, axis=0)
    return np.take_along_axis(np.minimum(each, 1e6), order[:2], axis=0).T, order[0]


def _answers(one: Labelled, points: npt.NDArray[np.float64]) -> list[Named]:
    """Name and side of the nearest bone of the skeleton."""
    from calcimeter.geometry.distance import nearest, surface_index

    surface = surface_index(one.skeleton.mask())
    _, number = nearest(points, one.grid.to_patient(surface))
    ids = one.skeleton.labels[tuple(surface[number].astype(np.int64).T)]
    named = {bone.id: (bone.name, bone.side) for bone in one.skeleton.bones}
    return [named[int(i)] for i in ids]


def point_rows(one: Labelled, asked: Asked, at_least: float) -> list[Row]:
    """What the points say."""
    paired, given, wrong = asked.sides()
    total = len(asked.true)
    return [
        Row.judged(
            f"{one.name}: bone nearest to a random point in soft tissue named right, at least {100 * at_least:.0f} %",
            share(asked.right(), total),
            holds=total > 0 and asked.right() >= at_least * total,
        ),
        Row.judged(
            f"{one.name}: side given for paired bones, at least 90 %",
            share(given, paired),
            holds=paired > 0 and given >= 0.9 * paired,
        ),
        Row.judged(f"{one.name}: and wrong for none", f"{wrong} wrong of {given}", holds=given > 0 and wrong == 0),
    ]


def confusions(one: Labelled, asked: Asked) -> str:
    """What is taken for what, as a table: bone of the label map, points, named right, named otherwise."""
    rows = []
    for bone in sorted(set(asked.true)):
        said = [s for t, s in zip(asked.true, asked.said, strict=True) if t == bone]
        others = [s[0] or "no name" for s in said if s[0] != bone[0]]
        frequent = sorted({(others.count(o), o) for o in others}, reverse=True)[:3]
        words = ", ".join(f"{name} {count}" for count, name in frequent) or "–"
        sides = [s[1] for s in said]
        wrong = sum(s in ("left", "right") and s != bone[1] for s in sides) if bone[1] != "midline" else 0
        none = sum(s not in ("left", "right") for s in sides) if bone[1] != "midline" else 0
        right = sum(s[0] == bone[0] for s in said)
        rows.append((f"{bone[0]} {bone[1]}", str(len(said)), share(right, len(said)), words, f"{none} / {wrong}"))
    names = (f"{one.name}: nearest labelled bone", "points", "named right", "else", "side not told / wrong")
    return table(names, rows)


def add_labelled(section: Section, one: Labelled, limits: tuple[float, float]) -> None:
    """All rows of one labelled volume; limits are mL of false skeleton and the share of names."""
    section.rows += skeleton_rows(one, limits[0])
    asked = ask_points(one)
    section.rows += point_rows(one, asked, limits[1])
    section.notes.append(confusions(one, asked))


def _distance_mm(points: npt.NDArray[Any], goal: npt.NDArray[Any], limit_mm: float) -> npt.NDArray[np.float64]:
    from calcimeter.geometry.distance import nearest_mm

    return nearest_mm(points, goal, limit_mm)
