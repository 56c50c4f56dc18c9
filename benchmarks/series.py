"""Write the benchmark's CT series: 512 x 512 x N as uncompressed DICOM, the same bytes on every machine.

    python benchmarks/series.py FOLDER [--slices 600] [--deposits 40]

About 315 MB for 600 slices. Needs what Calcimeter needs.
"""

from __future__ import annotations

import argparse
import math
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from header import INTERCEPT, PADDING, PIXEL_MM, SIZE, STEP_MM, series_header
from patient import Array, Deposit, Points, body_distance_mm, bones, deposit_hu, tissue_hu

if TYPE_CHECKING:
    from pydicom import Dataset

NOISE_HU, NOISE_BLUR_PIXELS = 15.0, 0.7
SMALLEST_MM, LARGEST_MM = 5.0, 60.0
CLEARANCE_MM = 6.0
KINDS = ("whorled", "solid", "shell", "lobed")


def write_series(folder: Path, slices: int, deposits: int) -> None:
    """Write one series into a new folder; the file names do not follow the order of the slices."""
    from scipy.ndimage import gaussian_filter

    planted = plant(deposits, slices * STEP_MM)
    template = series_header(slices, deposits)
    order = np.random.default_rng(slices).permutation(slices)
    folder.mkdir(parents=True)
    for index in range(slices):
        rng = np.random.default_rng([slices, deposits, index])
        noise = gaussian_filter(rng.standard_normal((SIZE, SIZE), dtype=np.float32), NOISE_BLUR_PIXELS)
        hu = slice_hu(index, slices, planted) + noise * (NOISE_HU / noise.std())
        _write_slice(folder / f"I{order[index]:06d}", template, index, hu)


def slice_hu(index: int, slices: int, planted: list[Deposit]) -> Array:
    """HU of one transverse slice without noise, (rows, columns); rows go to posterior, columns to the left."""
    axis = ((np.arange(SIZE) - SIZE / 2) * PIXEL_MM).astype(np.float32)
    at = Points(axis[None, :], axis[:, None], np.float32(index * STEP_MM))
    hu = np.broadcast_to(tissue_hu(at, slices * STEP_MM), (SIZE, SIZE)).astype(np.float32)
    for deposit in planted:
        reach = [r + 2 for r in deposit.radii_mm]
        if abs(float(at.z) - deposit.center_mm[2]) > reach[2]:
            continue
        (x, y, _), (reach_x, reach_y, _) = deposit.center_mm, reach
        columns = slice(*np.searchsorted(axis, (x - reach_x, x + reach_x)))
        rows = slice(*np.searchsorted(axis, (y - reach_y, y + reach_y)))
        near = Points(at.x[:, columns], at.y[rows], at.z)
        hu[rows, columns] = deposit_hu(deposit, near, hu[rows, columns])
    return hu


def plant(count: int, length_mm: float) -> list[Deposit]:
    """Deposits of 5 to 60 mm, evenly spread over the logarithm of size, in soft tissue and clear of one another."""
    rng = np.random.default_rng(count)
    planted: list[Deposit] = []
    for number, size_mm in enumerate(np.geomspace(LARGEST_MM, SMALLEST_MM, count)):
        kind, hu = KINDS[number % len(KINDS)], float(rng.uniform(250, 800))
        radius = size_mm / 2
        for attempt in range(1, 100_000):
            if attempt % 1000 == 0:  # no room: a smaller one
                radius *= 0.9
            shape = rng.permutation([1.0, 0.85, 0.75]) * radius
            center = rng.uniform((-165, -110, shape[2] + 2), (165, 110, length_mm - shape[2] - 2))
            deposit = Deposit(tuple(map(float, center)), tuple(map(float, shape)), kind, hu)
            if _is_free(deposit, planted, length_mm):
                planted.append(deposit)
                break
    return planted


def _is_free(deposit: Deposit, planted: list[Deposit], length_mm: float) -> bool:
    radius = max(deposit.radii_mm)
    for other in planted:
        if math.dist(deposit.center_mm, other.center_mm) < radius + max(other.radii_mm) + CLEARANCE_MM:
            return False
    around = _sphere() * (np.array(deposit.radii_mm) + CLEARANCE_MM) + deposit.center_mm
    at = Points(*(around[:, k].astype(np.float32) for k in range(3)))
    in_body = bool((body_distance_mm(at, length_mm) < 0).all())
    return in_body and all(bool((bone.distance_mm > 0).all()) for bone in bones(at, length_mm))


def _sphere(points: int = 200) -> np.ndarray:
    """Points spread over the unit sphere, and the center, (points + 1, 3)."""
    height = 1 - (np.arange(points) + 0.5) * 2 / points
    turn = np.arange(points) * math.pi * (3 - math.sqrt(5))
    ring = np.sqrt(1 - height**2)
    return np.vstack([np.column_stack([ring * np.cos(turn), ring * np.sin(turn), height]), np.zeros(3)])


def _write_slice(path: Path, header: Dataset, index: int, hu: Array) -> None:
    stored = np.rint(hu - INTERCEPT).astype(np.int16)
    axis = np.arange(SIZE) - (SIZE - 1) / 2
    stored[np.hypot(axis[:, None], axis) > SIZE / 2] = PADDING
    corner = -SIZE / 2 * PIXEL_MM
    header.SOPInstanceUID = header.file_meta.MediaStorageSOPInstanceUID = f"{header.SeriesInstanceUID}.{index + 1}"
    header.InstanceNumber = index + 1
    header.ImagePositionPatient = [corner, corner, index * STEP_MM]
    header.SliceLocation = index * STEP_MM
    header.XRayTubeCurrent = 200 + index % 90
    header.PixelData = stored.tobytes()
    header.save_as(path, enforce_file_format=True)


def main() -> None:
    parser = argparse.ArgumentParser(description="Write the benchmark's CT series.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--slices", type=int, default=600)
    parser.add_argument("--deposits", type=int, default=40)
    chosen = parser.parse_args()
    write_series(chosen.folder, chosen.slices, chosen.deposits)


if __name__ == "__main__":
    main()
