"""What an accepted NIfTI or NRRD must hold, read anew by nibabel and pynrrd."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from calcimeter.model.study import CTStudy

MANY_VOXELS = 1_000_000
"""Of a volume larger than this only the shape is looked at: a bomb's values are zeros."""

Array = npt.NDArray[np.float64]


def volume_complaints(source: Path, study: CTStudy) -> list[str]:
    """A NIfTI or NRRD by its own library."""
    data, to_lps = _nifti(source) if study.source_format == "nifti" else _nrrd(source)
    data = data.reshape(data.shape[:3])
    if data.size > MANY_VOXELS:
        return [] if sorted(data.shape) == sorted(study.volume.values.shape) else ["another shape"]
    index = np.moveaxis(np.indices(data.shape), 0, -1)
    places = index @ to_lps[:3, :3].T + to_lps[:3, 3]
    to_index = np.linalg.inv(study.volume.grid.affine)
    found = places @ to_index[:3, :3].T + to_index[:3, 3]
    nearest = np.rint(found).astype(np.int64)
    values = study.volume.values
    said = canonical(study.volume.grid.affine)
    if np.abs(found - nearest).max() > 0.02:
        said.append(f"voxels lie {np.abs(found - nearest).max():.3f} from their place")
    if (nearest < 0).any() or (nearest >= values.shape).any() or data.size != values.size:
        return [*said, "voxels outside the volume"]
    held = values[tuple(np.moveaxis(nearest, -1, 0))]
    return said if np.array_equal(held, data.astype(values.dtype)) else [*said, "other HU than in the file"]


def _nifti(source: Path) -> tuple[npt.NDArray[Any], Array]:
    import nibabel

    image: Any = nibabel.load(source)
    return image.get_fdata(dtype=np.float64), np.diag([-1.0, -1.0, 1.0, 1.0]) @ image.affine


def _nrrd(source: Path) -> tuple[npt.NDArray[Any], Array]:
    import nrrd

    data, header = nrrd.read(str(source))
    signs = {"left": (1, 1, 1), "right": (-1, -1, 1)}
    name = str(header["space"]).lower()
    name = {"lps": "left-posterior-superior", "ras": "right-anterior-superior"}.get(name, name)
    if name not in ("left-posterior-superior", "right-anterior-superior"):
        raise ValueError(f"space {name}")
    affine = np.eye(4)
    affine[:3, :3], affine[:3, 3] = np.array(header["space directions"]).T, header["space origin"]
    return data, np.diag([*signs[name.split("-")[0]], 1]) @ affine


def canonical(affine: Array) -> list[str]:
    """Slices superior, rows posterior, columns left."""
    cosines = affine[:3, :3] / np.linalg.norm(affine[:3, :3], axis=0)
    right_way = all(cosines[axis, k] > 0 for k, axis in enumerate((2, 1, 0)))
    return [] if right_way else ["not in the analyzed order"]
