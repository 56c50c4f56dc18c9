"""Rods of known density in the images."""

from __future__ import annotations

import numpy as np

from calcimeter.ct.calibrate.phantom import check_slope
from calcimeter.ct.calibrate.rod_box import rod_box, slope_at_rod
from calcimeter.ct.calibrate.tissues import mineral_of, size_of, slope_inside
from calcimeter.ct.calibrate.tube import NOMINAL_PATH_MM, Tube
from calcimeter.ct.settings import CalibrationSettings
from calcimeter.errors import UnsupportedStudy
from calcimeter.model.anatomy import Anatomy
from calcimeter.model.calibration import Beam, Calibration, Rod
from calcimeter.model.grid import FloatArray
from calcimeter.model.study import CTStudy
from calcimeter.model.volume import Volume

NORMAL = 1.96
MINERAL_MG_PER_ML = 3160.0
"""Solid hydroxyapatite."""


def from_rods(
    study: CTStudy, anatomy: Anatomy, rods: tuple[Rod, ...], tube: Tube | None, settings: CalibrationSettings
) -> Calibration:
    """The slope of density over HU through the rods, taken from their place to the middle of the body.

    One rod goes with water at 0 HU; of more the line of least squares is taken, whose scatter is part of the
    uncertainty. A rod beside the body meets a softer beam than a deposit inside it, and dense rods harden it for
    themselves: what tabulated attenuation says of the water and the mineral on the rods' own rays is taken back, with
    a share of it as doubt. Without a tube voltage the rods are taken as they are.

    Raises
    ------
    UnsupportedStudy
        A box outside the images, without a voxel center, or uneven; rods of one density only, and that 0; a slope that
        hydroxyapatite can't have.
    """
    boxes = [rod_box(study.volume, rod, f"rod {k}", settings) for k, rod in enumerate(rods, start=1)]
    met_hu = np.array([box.mean_hu(anatomy.noise_hu, settings) for box in boxes])
    densities = np.array([rod.mg_ha_per_ml for rod in rods])
    slopes = np.ones(len(rods))
    if tube is not None:
        slopes = np.array([slope_at_rod(study.volume, anatomy.body, box, tube.beam, settings) for box in boxes])
    scale, scatter = _scale(densities / slopes + _displaced(densities, tube), met_hu, settings.rod_hu)
    count = "one rod" if len(rods) == 1 else f"{len(rods)} rods"
    if tube is None:
        doubt = float(np.hypot(scatter, settings.rod_elsewhere))
        return Calibration("rod", scale, doubt, f"{count} of known density in the images, as if inside the body")
    inside = _inside(study.volume, anatomy, tube.beam, settings)
    check_slope(scale * inside, tube, settings)
    moved = settings.rod_transfer * abs(inside / _mean_slope(densities, slopes) - 1)
    words = f"{count} of known density in the images, and tabulated attenuation between their place and the deposits'"
    return Calibration("rod", scale * inside, float(np.hypot(scatter, moved)), words, tube.beam.scaled(scale))


def _displaced(densities: FloatArray, tube: Tube | None) -> FloatArray:
    """HU that rods show beyond deposits of the same density: mineral takes the place of water there, of muscle here."""
    return densities * (0.0 if tube is None else tube.muscle_hu / MINERAL_MG_PER_ML)


def _inside(volume: Volume, anatomy: Anatomy, beam: Beam, settings: CalibrationSettings) -> float:
    """The tabulated slope in the middle of the body, or in one of usual size."""
    size_mm = size_of(volume, anatomy.body, settings)[0]
    if size_mm is None:
        return slope_inside(beam, NOMINAL_PATH_MM, 0.0)
    return slope_inside(beam, settings.path_share * size_mm, mineral_of(volume, anatomy, settings))


def _mean_slope(densities: FloatArray, slopes: FloatArray) -> float:
    """That of the rods, each as its density tells the line."""
    return float(np.average(slopes, weights=densities + 1e-6))


def _scale(shown: FloatArray, met_hu: FloatArray, rod_hu: float) -> tuple[float, float]:
    """Factor from HU met to HU that are to be shown, and its relative 95 % half-width."""
    if len(set(shown)) == 1:
        if shown[0] == 0:
            raise UnsupportedStudy("met rods of 0 mg HA/ml alone, expected one of hydroxyapatite; name its density")
        shown, met_hu = np.append(shown, 0.0), np.append(met_hu, 0.0)
    slope, scatter = _line(shown, met_hu, rod_hu)
    if slope <= 0:
        raise UnsupportedStudy("met rods that are darker the denser they are said to be; check their order")
    return 1 / slope, scatter / slope


def _line(shown: FloatArray, met_hu: FloatArray, rod_hu: float) -> tuple[float, float]:
    """Slope of HU met over HU to be shown, and its 95 % half-width.

    No rod's HU is known better than scanners are steady; where rods scatter about their line by more than that, their
    slope is known so much the less.
    """
    away = shown - shown.mean()
    spread = float((away**2).sum())
    slope = float(away @ met_hu / spread)
    left = met_hu - met_hu.mean() - slope * away
    free = max(len(shown) - 2, 1)
    scatter_hu = NORMAL * float(np.sqrt(left @ left / free))
    return slope, max(rod_hu, scatter_hu) / float(np.sqrt(spread))
