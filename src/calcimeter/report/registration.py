"""What ``compare`` needs of a study: coarse body and bones, points of their surfaces, and crops around deposits."""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING

import numpy as np

from calcimeter.geometry.aside import left_aside
from calcimeter.geometry.coarse import coarse_code, coarsened, surface_points
from calcimeter.report.crops import crops_of, crops_of_gone

if TYPE_CHECKING:
    from pathlib import Path

    import numpy.typing as npt

    from calcimeter.model.analysis import CTAnalysis


def write_registration(analysis: CTAnalysis, path: Path) -> None:
    """Write ``body`` (0 or 1), ``bones`` (ids of ``skeleton.bones``) and ``affine_lps`` as .npz, surfaces and crops.

    A coarse voxel belongs to what fills at least half of it. ``affine_lps`` takes its center (slice, row, column, 1)
    to mm, left, posterior, superior. ``surface_mm`` (n, 3) are points on the surfaces of the bones in full resolution,
    LPS, a few thousand of each, ``surface_normal`` (n, 3) points outward there, and ``surface_bone`` (n) says of which
    bone. ``hu`` are mean HU on the coarse grid, (HU + 1000) / 8, so that a place without deposit can be shown beside
    one with. ``crop_7`` are the HU around lesion 7, int16, and ``crop_7_affine`` is their affine, as ``crops_of`` says;
    ``gone_0`` likewise around the first place where a deposit of the study before has vanished.

    ``aside_mm`` (n, 3) are points, LPS, of what the result does not list, and ``aside_of`` (n) counts from 0 of which;
    ``aside_what`` says what each is, a category or "rejected", ``aside_by_reader`` whether a reader decided so.
    """
    grid = analysis.study.volume.grid
    coarse, surfaces = coarsened(analysis.anatomy, grid), surface_points(analysis.anatomy, grid)
    arrays: dict[str, npt.NDArray[np.generic]] = {
        "body": coarse.body,
        "bones": coarse.bones,
        "affine_lps": coarse.affine_lps,
        "hu": coarse_code(analysis.study.volume),
        "surface_mm": surfaces.points_mm,
        "surface_normal": surfaces.normals,
        "surface_bone": surfaces.bone,
    }
    aside = left_aside(analysis)
    none = np.zeros((0, 3), dtype=np.float32)
    arrays["aside_mm"] = np.concatenate([none, *(one.points_mm.astype(np.float32) for one in aside)])
    arrays["aside_of"] = np.repeat(
        np.arange(len(aside), dtype=np.int32), np.array([len(one.points_mm) for one in aside], dtype=int)
    )
    arrays["aside_what"] = np.array([one.what for one in aside], dtype="<U16")
    arrays["aside_by_reader"] = np.array([one.by_reader for one in aside], dtype=bool)
    for number, crop in crops_of(analysis).items():
        arrays[f"crop_{number}"], arrays[f"crop_{number}_affine"] = crop.hu, crop.affine_lps
    for number, crop in enumerate(crops_of_gone(analysis)):
        arrays[f"gone_{number}"], arrays[f"gone_{number}_affine"] = crop.hu, crop.affine_lps
    _write_npz(path, arrays)


def _write_npz(path: Path, arrays: dict[str, npt.NDArray[np.generic]]) -> None:
    """As ``numpy.savez_compressed``, but without the time of day in the archive."""
    from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

    with ZipFile(path, "w") as archive:
        for name, values in arrays.items():
            member = ZipInfo(f"{name}.npy", date_time=(1980, 1, 1, 0, 0, 0))
            member.compress_type = ZIP_DEFLATED
            member.create_system = 3
            content = BytesIO()
            np.lib.format.write_array(content, np.ascontiguousarray(values), allow_pickle=False)
            archive.writestr(member, content.getvalue())
