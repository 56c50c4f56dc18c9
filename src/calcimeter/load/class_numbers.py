"""What the values of a label map mean: by the names in its file, or by the numbering that fits the scan."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from itertools import combinations
from typing import Literal, NamedTuple

import numpy as np
import numpy.typing as npt

from calcimeter.errors import GeometryError, UnsupportedStudy
from calcimeter.load.class_names import numberings, part_of, words_of
from calcimeter.model.anatomy import Part
from calcimeter.model.grid import BoolArray, FloatArray

VALUES = 65_536

MIN_FIT = 0.3
"""Fit of bone classes and dense voxels (see ``_fit``) below which they belong to different scans [real]: 0.60 and 0.56
in the two scans that have a map, 0.30 at most with another numbering, 0.23 and 0.17 with the map 20 mm aside. Left low,
because in osteoporosis much of a bone is not dense."""

BETTER_ASIDE = 1.1
"""A map that fits so much better 8 mm aside was not made from this scan, however dense its bones are [real]: 0.5 to 0.7
in the two scans that have a map."""

CLEAR = 0.8
"""The next best numbering must fit by less than this share of the best, order counted [real]: 0.02 and 0.17
there."""

MAX_UNKNOWN = 0.05
"""Share of the labeled voxels whose value may be none of a numbering: a class that a later version added."""

PAIR_MM = 40.0
"""The centers of a left and a right bone are farther apart than this, those of vertebrae sidewards nearer [real]."""

MIN_PLACES = 3
"""Places that a value must have for its center to count."""

SPECK = 0.1
"""What has less than this share of its partner's places is a speck: networks now and then name a piece of a bone by the
other side."""

SIDES: dict[str | None, Literal["left", "right"]] = {"left": "right", "right": "left"}
"""Each side -> the other."""


class Places(NamedTuple):
    """Scan and map at voxels that are spread evenly over the scan.

    Parameters
    ----------
    points_mm : ndarray, (n, 3)
        LPS.
    dense : ndarray of bool, (n,)
    values : ndarray of uint16, (n,)
        Of the map, 0 beyond its border.
    aside : ndarray of uint16, (6, n)
        Of the map moved a little to either side along each axis.
    """

    points_mm: FloatArray
    dense: BoolArray
    values: npt.NDArray[np.uint16]
    aside: npt.NDArray[np.uint16]


class Legend(NamedTuple):
    """What each value means; a value that means nothing to us is not in it."""

    parts: dict[int, Part]
    source: str


def choose_legend(names: Mapping[int, str], present: Iterable[int], places: Places) -> Legend:
    """The meaning of a map's values, checked against the scan.

    Parameters
    ----------
    names : mapping of int to str
        Names that the file gives to values; empty where it gives none. Where none of them is known they are passed
        over.
    present : iterable of int
        Values that occur.
    places : Places

    Raises
    ------
    UnsupportedStudy
        No class is a bone, or two numberings fit alike.
    GeometryError
        The bones are not where the scan is dense, or left lies on the patient's right.
    """
    present = sorted(set(present) - {0})
    legend = _by_name(names, present) or _by_number(present, places)
    legend = _with_sides(legend, places)
    _check_place(legend, places)
    return legend


def _by_name(names: Mapping[int, str], present: list[int]) -> Legend | None:
    """The legend that the file brings; None where it brings none, or none of classes that are known."""
    parts = _parts(names, present)
    if not parts:
        return None
    if not any(part.is_bone for part in parts.values()):
        raise UnsupportedStudy(
            "met a label map whose names are no bones, expected some as TotalSegmentator or MOOSE call them"
            " (femur_left); make a map with bones, or rename its segments"
        )
    own = {value: words_of(names[value]) for value in parts}
    same = (n for n, c in numberings().items() if all(words_of(c.get(value, "")) == own[value] for value in own))
    return Legend(parts, next(same, "label map with names"))


def _by_number(present: list[int], places: Places) -> Legend:
    """The numbering whose bones lie in what is dense, in the order that the body has."""
    centers = _centers(places)
    scored = [
        (_fit(_bone_values(legend), places.dense, places.values) * _order(classes, centers), legend)
        for name, classes in numberings().items()
        if _holds(classes, places)
        for legend in [Legend(_parts(classes, present), name)]
    ]
    ranked = sorted(scored, key=lambda one: -one[0])
    if not ranked or ranked[0][0] < MIN_FIT:
        raise UnsupportedStudy(
            "met a label map whose bones are not where the scan has bone, in any numbering that is known"
            " (TotalSegmentator v1 and v2, bone tasks of MOOSE), expected one made from this scan; if it was, give a"
            " file that names its classes (.seg.nrrd)"
        )
    best_score, best = ranked[0]
    rivals = [legend for score, legend in ranked[1:] if score > CLEAR * best_score and legend.parts != best.parts]
    if rivals:
        raise UnsupportedStudy(
            f"met a label map whose numbers fit {best.source} and {rivals[0].source} alike, expected one; give a file"
            " that names its classes (.seg.nrrd, or the NIfTI that TotalSegmentator v2 writes)"
        )
    return best


def _parts(classes: Mapping[int, str], present: list[int]) -> dict[int, Part]:
    """What each value that occurs means, where it means something."""
    return {value: part for value in present if (part := part_of(classes.get(value, ""))) is not None}


def _holds(classes: Mapping[int, str], places: Places) -> bool:
    """Whether a numbering has a class for nearly all that is labeled."""
    known = np.zeros(VALUES, dtype=bool)
    known[[0, *classes]] = True
    return bool(np.count_nonzero(~known[places.values]) <= MAX_UNKNOWN * np.count_nonzero(places.values))


def _fit(bones: BoolArray, dense: BoolArray, values: npt.NDArray[np.uint16]) -> float:
    """How well bone classes coincide with what is dense, 0 to 1.

    The harmonic mean of two shares: of the bones that is dense, and of what is dense under any label that is bone.
    """
    bone = bones[values]
    both = np.count_nonzero(bone & dense)
    total = np.count_nonzero(bone) + np.count_nonzero(dense & (values > 0))
    return 2 * both / total if total else 0.0


def _bone_values(legend: Legend) -> BoolArray:
    """Whether each value is a bone, (65536,)."""
    bones = np.zeros(VALUES, dtype=bool)
    bones[[value for value, part in legend.parts.items() if part.is_bone]] = True
    return bones


def _centers(places: Places) -> dict[int, FloatArray]:
    """Center of each value that has enough places, LPS mm."""
    count = np.bincount(places.values, minlength=1)
    sums = [np.bincount(places.values, weights=places.points_mm[:, axis]) for axis in range(3)]
    met = np.flatnonzero(count >= MIN_PLACES)
    return {int(v): np.array([total[v] for total in sums]) / count[v] for v in met if v}


def _order(classes: Mapping[int, str], centers: Mapping[int, FloatArray]) -> float:
    """How far the classes lie as in the body, whichever side is left; 1 where nothing can be said.

    The product of two shares: of the ribs of a side and of the vertebrae, each with every other, how many lie as their
    numbers say; of the pairs, how many are apart, all in the same sense.
    """
    met = {_key(name): centers[value] for value, name in classes.items() if value in centers}
    rows = [key for key in sorted(met) if key[2]]
    below = [met[one][2] > met[other][2] for one, other in combinations(rows, 2) if one[:2] == other[:2]]
    apart = np.array([met[key][0] - met[key[0], "right", key[2]][0] for key in met if _paired(key, met)])
    in_sense = apart > PAIR_MM if 2 * np.count_nonzero(apart > 0) >= len(apart) else apart < -PAIR_MM
    return float(np.prod([np.mean(held) for held in (below, in_sense) if len(held)]))


def _key(name: str) -> tuple[str, str, int]:
    """Kind, side and place in its row of a class; place 0 where it is in no row."""
    words = words_of(name)
    side = "left" if "left" in words else "right" if "right" in words else ""
    kind = " ".join(sorted(words - {"left", "right"}))
    number = re.search(r"(\d+)", name)
    if "vertebra" in words and number:
        region = max("ctls".find(letter) for letter in words if len(letter) == 1)
        return ("vertebra", side, 1 + 20 * region + int(number[1]))
    return (kind, side, int(number[1]) if number else 0)


def _paired(key: tuple[str, str, int], met: Mapping[tuple[str, str, int], FloatArray]) -> bool:
    return key[1] == "left" and (key[0], "right", key[2]) in met


def _with_sides(legend: Legend, places: Places) -> Legend:
    """The legend without specks of a bone beside the other one of its pair; refused where a whole bone lies on the
    other side of its partner, or of spine and sternum.
    """
    of_part: dict[Part, list[int]] = {}
    for value, part in legend.parts.items():
        of_part.setdefault(part, []).append(value)
    left_mm = {part: places.points_mm[np.isin(places.values, own), 0] for part, own in of_part.items() if part.is_bone}
    middle_mm = np.concatenate([np.empty(0), *(x for part, x in left_mm.items() if part.side == "midline")])
    specks = set()
    for part, x in left_mm.items():
        if part.side not in SIDES or len(x) < MIN_PLACES:
            continue
        partner_mm = left_mm.get(replace(part, side=SIDES[part.side]), np.empty(0))
        other_mm = partner_mm if len(partner_mm) > SPECK * len(x) else middle_mm
        if not len(other_mm):
            continue
        apart_mm = float(x.mean() - other_mm.mean()) * (1 if part.side == "left" else -1)
        if len(x) < SPECK * len(partner_mm) and apart_mm < PAIR_MM:
            specks.add(part)
        elif apart_mm < 0:
            raise GeometryError(
                f"met a label map whose {part.side} {part.name.replace('_', ' ')} lies on the patient's other side; it"
                " is mirrored or made from a mirrored scan: make it again from this one"
            )
    return legend._replace(parts={value: part for value, part in legend.parts.items() if part not in specks})


def _check_place(legend: Legend, places: Places) -> None:
    """Refuse a map whose bones are not where the scan is dense."""
    bones = _bone_values(legend)
    fit = _fit(bones, places.dense, places.values)
    aside = max(_fit(bones, places.dense, values) for values in places.aside)
    if fit < MIN_FIT or aside > BETTER_ASIDE * fit:
        raise GeometryError(
            "met a label map whose bones are not where the scan has bone, expected one made from this scan; was it"
            " made from another, or moved?"
        )
