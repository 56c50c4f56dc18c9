"""The truth about a radiograph: each deposit's shadow, told in the deposit's own plane.

Lengths and areas are those of the shadow over the magnification at the depth of the deposit's center of gravity: what a
reader gets who knows the magnification.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import numpy as np

from calcimeter.geometry.level_line import area_of, centroid_of, inside_of, level_lines
from calcimeter.model.grid import FloatArray
from calcimeter.phantom.outline import long_and_short_mm, outline_of
from calcimeter.phantom.radiograph.expose import Exposure, Signals, noise_sigma_px
from calcimeter.phantom.radiograph.rays import RaySums, depth_of_shadow
from calcimeter.phantom.radiograph.texture import BONE_SHARE, TISSUE_MM
from calcimeter.phantom.scene import Deposit, Scene

SCHEMA = "calcimeter.truth/1"
ACROSS = 200
"""Rays across a shadow: its border is told between them."""
BONE_FROM = 0.15
"""Mineral of a ray, g per cm2, from which it went through bone."""
OVER_BONE = 0.2
"""Share of a shadow that lies on bone from which it is said to lie over bone."""
WATER_PER_MM = 0.022
MINERAL_CM2_PER_G = 0.55
"""Attenuation of the beam behind a patient, for the strength of the grain alone."""


def truth_of(scene: Scene, exposure: Exposure, signals: Signals, body: RaySums) -> dict[str, Any]:
    """The record of ``truth.json``; places are (column, row) in the image as it is stored."""
    projection = exposure.projection
    return {
        "schema": SCHEMA,
        "name": scene.name,
        "view": "anteroposterior",
        "exposure": asdict(exposure),
        "geometry": {
            "source_to_detector_mm": projection.source_to_detector_mm,
            "pixel_mm": projection.pixel_mm,
            "columns_toward": "right" if exposure.mirrored else "left",
        },
        "marker": _marker(exposure),
        "deposits": [_deposit(one, exposure, signals, body) for one in scene.deposits],
    }


def shadow_lines(deposit: Deposit, exposure: Exposure) -> list[FloatArray]:
    """Outlines (n, 2) of a deposit's shadow as columns and rows, before the image is turned over."""
    depth, columns, rows = depth_of_shadow(deposit.part.envelope, exposure.projection, ACROSS)
    lines = level_lines(-depth, 0.0)
    steps = np.array([columns[1] - columns[0], rows[1] - rows[0]])
    return [line[:, ::-1] * steps + (columns[0], rows[0]) for line in lines]


def _deposit(deposit: Deposit, exposure: Exposure, signals: Signals, body: RaySums) -> dict[str, Any]:
    projection = exposure.projection
    lines = shadow_lines(deposit, exposure)
    outline = outline_of(deposit.part.envelope)
    surface = outline.points
    seen = projection.to_detector(surface)
    depth_mm = float(surface[1].min() + surface[1].max()) / 2
    magnification = projection.magnification(depth_mm)
    long_px, short_px = long_and_short_mm(seen)
    area_px = area_of(lines)
    column, row = centroid_of(lines)
    if exposure.mirrored:
        column = projection.shape[1] - 1 - column
    to_mm = projection.pixel_mm / magnification
    return {
        "name": deposit.name,
        "kind": deposit.kind,
        "depth_mm": depth_mm,
        "magnification": magnification,
        "centroid_px": [column, row],
        "box_px": _box(lines, exposure),
        "area_px": area_px,
        "long_axis_px": long_px,
        "short_axis_px": short_px,
        "area_mm2": area_px * to_mm**2,
        "long_axis_mm": long_px * to_mm,
        "short_axis_mm": short_px * to_mm,
        "projected_mm": list(outline.projected_mm(1)),
        **_visibility(lines, exposure, signals, body),
    }


def _box(lines: list[FloatArray], exposure: Exposure) -> list[float]:
    """First and last of the shadow: column, row, column, row."""
    every = np.concatenate(lines)
    (left, top), (right, bottom) = every.min(axis=0), every.max(axis=0)
    if exposure.mirrored:
        last = exposure.projection.shape[1] - 1
        left, right = last - right, last - left
    return [float(left), float(top), float(right), float(bottom)]


def _visibility(lines: list[FloatArray], exposure: Exposure, signals: Signals, body: RaySums) -> dict[str, Any]:
    """How much of the shadow lies on bone, and its contrast over noise and grain."""
    inside = inside_of(lines, exposure.projection.shape)
    if not inside.any():
        return {"bone_share": 0.0, "over_bone": False, "contrast_to_noise": 0.0}
    mineral = body.over(exposure.projection.shape)[1][inside]
    bone = mineral > BONE_FROM
    behind = signals.without[inside]
    contrast = float(np.log(behind / signals.signal[inside]).mean())
    sigma = noise_sigma_px(exposure)
    spread = min(1.0, 1 / (2 * np.sqrt(np.pi) * max(sigma, 1e-6)))
    noise = float((1 / np.sqrt(exposure.photons * behind)).mean()) * spread
    direct = exposure.texture * (1 - exposure.scatter_share)
    grain = direct * np.hypot(WATER_PER_MM * TISSUE_MM, MINERAL_CM2_PER_G * BONE_SHARE * float(mineral.mean()))
    return {
        "bone_share": float(bone.mean()),
        "over_bone": bool(bone.mean() > OVER_BONE),
        "contrast_to_noise": contrast / float(np.hypot(noise, grain)),
    }


def _marker(exposure: Exposure) -> dict[str, Any] | None:
    if exposure.marker is None:
        return None
    column, row = exposure.marker_px
    if exposure.mirrored:
        column = exposure.projection.shape[1] - 1 - column
    return {"letter": exposure.marker, "position_px": [column, row]}
