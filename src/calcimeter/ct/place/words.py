"""Direction, site and extensor side, in the terms of the contract."""

from __future__ import annotations

import numpy as np

from calcimeter.knowledge.places import places
from calcimeter.model.anatomy import Bone
from calcimeter.model.grid import FloatArray
from calcimeter.model.lesion import Category, Side

LEAST = float(np.sin(np.deg2rad(22.5)))
"""A component of a direction counts above this."""

OUTWARD = {"left": 1.0, "right": -1.0}

MIDLINE_MM = 10.0
"""Nearer to the midline neither left nor right is said: half of a vertebra's body is 20 mm wide."""


def direction(offset_mm: FloatArray, side: Side | None) -> str | None:
    """An offset in LPS in words: "anterolateral", "posterosuperior"; None for none.

    Lateral is away from the midline, on the side of the deposit; without left or right neither it nor medial is said.
    """
    length = float(np.linalg.norm(offset_mm))
    if length == 0:
        return None
    x, y, z = offset_mm / length
    words = []
    if abs(y) > LEAST:
        words.append("posterior" if y > 0 else "anterior")
    if abs(z) > LEAST:
        words.append("superior" if z > 0 else "inferior")
    if abs(x) > LEAST and side in OUTWARD:
        words.append("lateral" if x * OUTWARD[side] > 0 else "medial")
    if not words:
        return None
    return "".join([f"{word[:-3]}o" if word.endswith("ior") else word for word in words[:-1]]) + words[-1]


def side_of(bone: Bone, left_mm: float | None, bones: tuple[Bone, ...]) -> Side | None:
    """The side of a deposit: that of its bone; beside a bone in the midline, where it lies.

    Left and right beside the midline are said only if some bone of the scan has a side, for that is checked against
    anatomy and not only read from positions.

    Parameters
    ----------
    bone : Bone
    left_mm : float or None
        How far left of the patient's midline the deposit lies, beside a bone in the midline; of another bone, how far
        left of it the place on the bone lies. None where the midline is not known.
    bones : tuple of Bone
        All of the scan.

    Returns
    -------
    str or None
        None also where the midline contradicts the side of the bone.
    """
    if bone.side in OUTWARD:
        contradicted = left_mm is not None and left_mm * OUTWARD[bone.side] < -MIDLINE_MM
        return None if contradicted else bone.side
    if bone.side is None or left_mm is None:
        return None
    if abs(left_mm) <= MIDLINE_MM:
        return "midline"
    checked = any(other.side in OUTWARD for other in bones)
    return None if not checked else "left" if left_mm > 0 else "right"


def site(
    place: tuple[str, str | None, str | None], joint: tuple[str, float] | None, category: Category, near_mm: float
) -> str | None:
    """The region of the body, from bone, part and direction, the nearest joint, and what the deposit is.

    None for stones and organs, whose site bones do not tell, and where neither part nor joint is known of a bone that
    belongs to several regions.
    """
    if category in (Category.VASCULAR, Category.PHLEBOLITH):
        return "vessels"
    if category in (Category.STONE, Category.VISCERAL):
        return None
    bone, part, towards = place
    known = places()
    if joint and joint[1] <= near_mm and joint[0] in known["joint_sites"]:
        return str(known["joint_sites"][joint[0]])
    behind = bool(towards and towards.startswith("poster"))
    found = known["part_sites"].get(bone, {}).get(part)
    if not found and behind and bone in known["buttock"]["bones"]:
        return "buttock"
    found = found or known["sites"].get(bone)
    return str(found) if found else None


def extensor_side(joint: tuple[str, float] | None, offset_mm: FloatArray, reach_mm: float) -> bool | None:
    """Whether an offset from the middle of a joint points to its extensor side; None where that is not defined."""
    toward = places()["extensor"].get(joint[0]) if joint and joint[1] <= reach_mm else None
    length = float(np.linalg.norm(offset_mm))
    if toward is None or length == 0 or abs(offset_mm[1]) / length <= LEAST:
        return None
    return bool((offset_mm[1] > 0) == (toward == "posterior"))
