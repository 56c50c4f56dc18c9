"""The pictures of a scintigraphy: both images on one scale, and the ratio with its foci marked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from calcimeter.geometry.outline import outlines
from calcimeter.geometry.planar import smoothed
from calcimeter.model.grid import FloatArray
from calcimeter.model.scintigram import ScintigraphyAnalysis, ScintigraphyStudy
from calcimeter.report.canvas import WHITE, Color, Overlay, draw_orientation, draw_scale_bar, to_png

if TYPE_CHECKING:
    from PIL.Image import Image

SIDE_PX = 640
LOBES: Color = (86, 180, 233)
FOCUS: Color = (230, 159, 0)
WARM: Color = (178, 24, 43)
COLD: Color = (33, 102, 172)
GROUND: Color = (250, 250, 250)
SHOWN_RATIO = 1.8
"""Largest ratio that is told apart by color, and one over the smallest."""


@dataclass(frozen=True, slots=True)
class Picture:
    """One picture of the report: file name without ending, PNG, what it shows, width and height."""

    name: str
    png: bytes
    caption: str
    size_px: tuple[int, int]


def draw_scintigrams(analysis: ScintigraphyAnalysis) -> tuple[Picture, ...]:
    """Early, delayed, ratio; the early one alone where there is no other. Equal analyses give equal bytes."""
    study = analysis.study
    early = _rate(study.early.upright, study.early.duration_s, study)
    pictures = [early]
    if study.delayed is not None and analysis.study.view != "other":
        pictures.append(_rate(study.delayed.upright, study.delayed.duration_s, study))
    top = _white_level(pictures[0])
    unit = "counts a pixel" if _per_second(study) is False else "count rate"
    names = (("early", "Early image"), ("delayed", "Delayed image"))
    drawn = []
    for (name, title), image in zip(names, pictures, strict=False):
        pixels = _gray(image / top)
        marked = _marked(pixels, analysis) if name == "delayed" else _framed(pixels, analysis)
        said = f"{title}, both on one scale ({unit})." if len(pictures) > 1 else f"{title} ({unit})."
        drawn.append(Picture(name, to_png(marked), said, marked.size))
    if analysis.ratio is not None:
        ratio = _marked(_ratio(analysis.ratio), analysis)
        marked_too = " Circles mark foci." if analysis.foci else ""
        caption = f"Delayed image over what even washout would leave: red keeps its tracer.{marked_too}"
        drawn.append(Picture("ratio", to_png(ratio), caption, ratio.size))
    return tuple(drawn)


def _per_second(study: ScintigraphyStudy) -> bool:
    """Whether both images can be shown as rates."""
    return bool(study.early.duration_s and study.delayed is not None and study.delayed.duration_s)


def _rate(counts: FloatArray, duration_s: float | None, study: ScintigraphyStudy) -> FloatArray:
    image = smoothed(counts, 1.0)
    return image / duration_s if duration_s and _per_second(study) else image


def _white_level(early: FloatArray) -> float:
    """Salivary glands and heart may be brighter than the scale."""
    return max(float(np.percentile(early, 99.3)), 1e-9)


def _gray(share: FloatArray) -> FloatArray:
    """Dark on white, as films are read; (rows, columns, 3), 0 to 255."""
    return np.repeat((255 * (1 - np.clip(share, 0, 1)))[..., None], 3, axis=2)


def _ratio(ratio: FloatArray) -> FloatArray:
    """Red where more is kept than even washout leaves, blue where less, white where nothing is told."""
    place = np.log(np.clip(ratio, 1 / SHOWN_RATIO, SHOWN_RATIO)) / np.log(SHOWN_RATIO)
    warm, cold, ground = (np.array(color, dtype=np.float64) for color in (WARM, COLD, GROUND))
    toward = np.where(place[..., None] > 0, warm, cold)
    return np.asarray(ground + (toward - ground) * np.abs(place)[..., None])


def _framed(pixels: FloatArray, analysis: ScintigraphyAnalysis) -> Image:
    """The picture at its size, with directions and a scale."""
    from PIL import Image as Images

    rows, columns = pixels.shape[:2]
    scale = SIDE_PX / max(rows, columns)
    size = (round(columns * scale), round(rows * scale))
    image = Images.fromarray(np.clip(np.rint(pixels), 0, 255).astype(np.uint8)).resize(size, Images.Resampling.BICUBIC)
    overlay = Overlay(*size)
    letters = "RLHF" if analysis.study.view in ("anterior", "posterior") else "??HF"
    draw_orientation(overlay, letters)
    if not analysis.study.early.pinhole:
        draw_scale_bar(overlay, scale / analysis.study.early.pixel_mm, left=20)
    return overlay.onto(image)


def _marked(pixels: FloatArray, analysis: ScintigraphyAnalysis) -> Image:
    """The picture with lobes outlined and foci circled and numbered."""
    image = _framed(pixels, analysis)
    scale = image.width / pixels.shape[1]
    overlay = Overlay(*image.size)
    for _, lobe in analysis.lobes:
        for line in outlines(lobe.mask):
            overlay.line((line[:, ::-1] + 0.5) * scale, LOBES, 1.5)
    last = pixels.shape[1] - 1
    for k, focus in enumerate(analysis.foci, 1):
        ring = np.array(focus.outline_px)
        if analysis.study.view == "posterior":
            ring[:, 0] = last - ring[:, 0]
        around = (ring - ring.mean(axis=0)) * 1.5 + ring.mean(axis=0)
        overlay.line((around + 0.5) * scale, FOCUS, 3)
        top = around[around[:, 1].argmin()]
        overlay.text(((top[0] + 0.5) * scale, top[1] * scale - 14), str(k), 24, WHITE)
    return overlay.onto(image)
