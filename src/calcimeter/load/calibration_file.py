"""What a person brings to calibrate a scan: YAML -> rods in the images, or what a phantom gave."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from calcimeter.errors import UsageError
from calcimeter.model.calibration import CalibrationReference, PhantomScan, Rod

ROD_EXAMPLE = "{mg_ha_per_ml: 200, box_mm: [[10, 120, -40], [16, 126, 0]]}"
PHANTOM_EXAMPLE = "{kvp: 120, mg_ha_per_ml_per_hu: 0.81, relative_uncertainty: 0.03}"
MAX_MG_HA_PER_ML = 3160.0
"""Solid hydroxyapatite."""


def load_calibration_file(path: Path) -> CalibrationReference:
    """Read a calibration file.

    Either rods that lie in the images, each with a box in LPS mm that lies inside it, or with the middle and radius of
    a rod that runs along the body; or what a phantom on the same scanner gave::

        rods:
          - {mg_ha_per_ml: 0, box_mm: [[-30, 120, -40], [-24, 126, 0]]}
          - {mg_ha_per_ml: 200, center_mm: [13, 123, -20], radius_mm: 4}

        phantom: {kvp: 120, mg_ha_per_ml_per_hu: 0.81, relative_uncertainty: 0.03, kernel: B35f}

    Raises
    ------
    UsageError
        No such file, not of this form, or a value that can't be; rods are counted from 1.
    """
    import yaml

    try:
        content = yaml.safe_load(Path(path).read_text(encoding="utf-8"))
    except OSError as error:
        raise UsageError("the calibration file can't be read; check its name") from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise UsageError("the calibration file is not YAML; expected 'rods' or 'phantom'") from error
    if not isinstance(content, Mapping) or len(content) != 1 or not set(content) <= {"rods", "phantom"}:
        raise UsageError("the calibration file holds neither 'rods' nor 'phantom' alone; give one of the two")
    if "phantom" in content:
        return CalibrationReference(phantom=_phantom(content["phantom"]))
    rods = content["rods"]
    if not isinstance(rods, list) or not rods:
        raise UsageError(f"'rods' is no list of {ROD_EXAMPLE}")
    return CalibrationReference(rods=tuple(_rod(item, f"rod {k}") for k, item in enumerate(rods, start=1)))


def _rod(item: Any, where: str) -> Rod:
    """One item of the list."""
    forms = ({"mg_ha_per_ml", "box_mm"}, {"mg_ha_per_ml", "center_mm", "radius_mm"})
    if not isinstance(item, Mapping) or set(item) not in forms:
        raise UsageError(f"{where} is not of the form {ROD_EXAMPLE} or with center_mm and radius_mm")
    density = _number(item["mg_ha_per_ml"], f"{where}, mg_ha_per_ml", (0.0, MAX_MG_HA_PER_ML))
    if "box_mm" in item:
        corners = item["box_mm"]
        if not isinstance(corners, list) or len(corners) != 2:
            raise UsageError(f"{where}, box_mm: expected two corners of three numbers")
        first, second = (_point(corner, f"{where}, box_mm") for corner in corners)
        low, high = np.minimum(first, second), np.maximum(first, second)
    else:
        radius = _number(item["radius_mm"], f"{where}, radius_mm", (1e-3, 1e3))
        half = radius * np.array([np.sqrt(0.5), np.sqrt(0.5), 1.0])  # the square inside its cross-section
        center = _point(item["center_mm"], f"{where}, center_mm")
        low, high = center - half, center + half
    return Rod(density, tuple(low.tolist()), tuple(high.tolist()))


def _phantom(item: Any) -> PhantomScan:
    """What a phantom gave."""
    needed, known = {"kvp", "mg_ha_per_ml_per_hu"}, {"kvp", "mg_ha_per_ml_per_hu", "relative_uncertainty", "kernel"}
    if not isinstance(item, Mapping) or not needed <= set(item) <= known:
        raise UsageError(f"'phantom' is not of the form {PHANTOM_EXAMPLE}")
    relative, kernel = item.get("relative_uncertainty"), item.get("kernel")
    if kernel is not None and not isinstance(kernel, str):
        raise UsageError("phantom, kernel: expected text, in quotes")
    return PhantomScan(
        kvp=_number(item["kvp"], "phantom, kvp", (40.0, 200.0)),
        mg_ha_per_ml_per_hu=_number(item["mg_ha_per_ml_per_hu"], "phantom, mg_ha_per_ml_per_hu", (0.05, 5.0)),
        relative_uncertainty=None
        if relative is None
        else _number(relative, "phantom, relative_uncertainty", (1e-4, 1.0)),
        kernel=kernel,
    )


def _point(value: Any, where: str) -> np.ndarray[Any, np.dtype[np.float64]]:
    """Three numbers, LPS mm."""
    if not isinstance(value, list) or len(value) != 3:
        raise UsageError(f"{where}: expected three numbers, LPS mm")
    return np.array([_number(part, where, (-1e4, 1e4)) for part in value])


def _number(value: Any, where: str, limits: tuple[float, float]) -> float:
    """A number within limits."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not limits[0] <= value <= limits[1]:
        raise UsageError(f"{where}: met {str(value)[:20]!r}, expected a number from {limits[0]:g} to {limits[1]:g}")
    return float(value)
