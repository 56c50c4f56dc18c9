"""Each deposit at both dates in one plane at one scale, from what the two output folders keep."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from calcimeter.geometry.coarse import coarse_hu
from calcimeter.geometry.resample import values_at
from calcimeter.report.canvas import GROUND, TEXT_PX, Overlay, draw_orientation, draw_scale_bar, to_png

if TYPE_CHECKING:
    from calcimeter.model.comparison import Change, Comparison
    from calcimeter.model.grid import FloatArray

SIZE_PX = 520
LEAST_MM, MOST_MM, AROUND_MM = 50.0, 220.0, 30.0
WINDOW_HU = (-160.0, 640.0)
AXIAL_LETTERS = "RLAP"
MOSTLY = 0.4
"""So much of a picture has to come from a fine crop for it to count as fine."""


class Pair(NamedTuple):
    """Two pictures of one deposit, and what has to be said of them."""

    earlier: bytes
    later: bytes
    note: str


class _Kept(NamedTuple):
    """What a folder keeps: crops by lesion id and of places without one, the whole body coarsely, and the lesions."""

    crops: dict[int, tuple[Any, FloatArray]]
    gone: list[tuple[Any, FloatArray]]
    coarse: tuple[Any, FloatArray] | None
    lesions: dict[int, Mapping[str, Any]]


def draw_pairs(comparison: Comparison, folders: tuple[Path, Path], most: int = 30) -> dict[int, Pair]:
    """Pictures by the number of the change; the first ``most`` of them.

    The plane is transverse in the later scan, through the middle of the larger of the two; the earlier scan is brought
    into it by the motion of the bones. Where a scan has no deposit there, and so keeps no fine crop, it is shown at
    4 mm, and the note says so. A folder of an older version has neither: no picture.
    """
    studies = _kept(folders[0]), _kept(folders[1])
    pairs = {}
    for number, change in enumerate(comparison.changes[:most]):
        pair = _pair(change, studies)
        if pair is not None:
            pairs[number] = pair
    return pairs


def _kept(folder: Path) -> _Kept:
    import json

    lesions = json.loads((folder / "analysis.json").read_text(encoding="utf-8"))["lesions"]
    with np.load(folder / "registration.npz") as stored:
        numbers = [int(name[5:]) for name in stored.files if name.startswith("crop_") and name[5:].isdigit()]
        crops = {number: (stored[f"crop_{number}"], stored[f"crop_{number}_affine"]) for number in numbers}
        gone = [
            (stored[name], stored[f"{name}_affine"])
            for name in stored.files
            if name[5:].isdigit() and name[:5] == "gone_"
        ]
        coarse = (coarse_hu(stored["hu"]), stored["affine_lps"]) if "hu" in stored.files else None
    return _Kept(crops, gone, coarse, {lesion["id"]: lesion for lesion in lesions})


def _pair(change: Change, studies: tuple[_Kept, _Kept]) -> Pair | None:
    motion = np.array(change.earlier_to_later)
    shown = change.later if _is_larger(change) else change.earlier
    own = studies[1 if _is_larger(change) else 0]
    boxes = np.array([own.lesions[number]["bounding_box_mm"] for number in shown], dtype=float)
    low, high = boxes[:, 0].min(axis=0), boxes[:, 1].max(axis=0)
    center = np.array(own.lesions[shown[0]]["centroid_mm"], dtype=float)
    if not _is_larger(change):
        center = motion[:3, :3] @ center + motion[:3, 3]
    width = float(np.clip((high - low)[:2].max() + AROUND_MM, LEAST_MM, MOST_MM))
    points = _plane(center, width)
    back = np.linalg.inv(motion)
    before = _sampled(studies[0], change.earlier, points @ back[:3, :3].T + back[:3, 3])
    after = _sampled(studies[1], change.later, points)
    if before is None or after is None:
        return None
    coarse = [when for when, (_, fine) in (("earlier", before), ("later", after)) if not fine]
    note = f"The {' and the '.join(coarse)} scan is kept only at 4 mm here." if coarse else ""
    return Pair(_picture(before[0], width, "earlier"), _picture(after[0], width, "later"), note)


def _is_larger(change: Change) -> bool:
    """Whether the later deposit is the larger, or the only one."""
    if change.volume_earlier_mm3 is None or change.volume_later_mm3 is None:
        return change.volume_earlier_mm3 is None
    return change.volume_later_mm3.value > change.volume_earlier_mm3.value


def _plane(center_mm: FloatArray, width_mm: float) -> FloatArray:
    """Points of a transverse square, rows toward posterior, columns toward left, (n, n, 3)."""
    steps = (np.arange(SIZE_PX) + 0.5) / SIZE_PX * width_mm - width_mm / 2
    points = np.empty((SIZE_PX, SIZE_PX, 3))
    points[..., 0], points[..., 1], points[..., 2] = steps[None, :], steps[:, None], 0.0
    plane: FloatArray = points + center_mm
    return plane


def _sampled(study: _Kept, numbers: tuple[int, ...], points_mm: FloatArray) -> tuple[FloatArray, bool] | None:
    """HU in the plane, and whether they come from a fine crop; around a crop the coarse scan fills in."""
    whole = None if study.coarse is None else values_at(*study.coarse, points_mm)
    crops = [study.crops[number] for number in numbers if number in study.crops] if numbers else study.gone
    if not crops and whole is None:
        return None
    hu, fine = np.full(points_mm.shape[:2], np.nan) if whole is None else whole, False
    for values, affine in crops:
        own = values_at(values, affine, points_mm)
        known = np.isfinite(own)
        hu, fine = np.where(known, own, hu), fine or bool(known.mean() > MOSTLY)
    return hu, fine


def _picture(hu: FloatArray, width_mm: float, words: str) -> bytes:
    """Gray in one window for all pictures; what was not kept or not imaged is a flat dark blue."""
    from PIL import Image

    low, high = WINDOW_HU
    gray = np.clip((np.nan_to_num(hu, nan=low) - low) / (high - low), 0, 1)[..., None] * 255
    colored = np.where(np.isfinite(hu)[..., None], np.repeat(gray, 3, axis=2), np.array(GROUND))
    overlay = Overlay(SIZE_PX, SIZE_PX)
    draw_orientation(overlay, AXIAL_LETTERS)
    draw_scale_bar(overlay, SIZE_PX / width_mm, left=20)
    overlay.text((SIZE_PX - 14, SIZE_PX - 14), words, TEXT_PX, anchor="rs")
    return to_png(overlay.onto(Image.fromarray(colored.astype(np.uint8))))
