"""Rods of known density in the images."""

from __future__ import annotations

from dataclasses import replace

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
from calcimeter.model.measures import NORMAL_95
from calcimeter.model.study import CTStudy
from calcimeter.model.volume import Volume

MINERAL_MG_PER_ML = 3160.0
"""Solid hydroxyapatite."""
PASSES = 2
"""What rods say of the filter tells how they harden the beam themselves; a third pass moves nothing."""
HARDENING_POWER = -4
"""Of the slope, that hardening goes with from filter to filter: of 8 to 14 mm of aluminum, 80 and 120 kV, it tells the
hardening behind 50 and 100 mm of water to 2 % of itself, behind 200 mm to 5 %."""


def from_rods(
    study: CTStudy, anatomy: Anatomy, rods: tuple[Rod, ...], tube: Tube | None, settings: CalibrationSettings
) -> Calibration:
    """The slope of density over HU through the rods, taken from their place to the middle of the body.

    One rod goes with water at 0 HU; of more the line of least squares is taken, whose scatter is part of the
    uncertainty. A rod beside the body meets a softer beam than a deposit inside it, and dense rods harden it for
    themselves: what tabulated attenuation says of the water and the mineral on the rods' own rays is taken back, with
    a share of it as doubt. Where rods differ from the table, so does the tube's filter, and with it what water and
    mineral do to the beam. Without a tube voltage the rods are taken as they are.

    Raises
    ------
    UnsupportedStudy
        A box outside the images, without a voxel center, or uneven; rods of one density only, and that 0; rods off
        their common line; a slope that hydroxyapatite can't have.
    """
    boxes = [rod_box(study.volume, rod, f"rod {k}", settings) for k, rod in enumerate(rods, start=1)]
    met_hu = np.array([box.mean_hu(anatomy.noise_hu, settings) for box in boxes])
    densities = np.array([rod.mg_ha_per_ml for rod in rods])
    count = "one rod" if len(rods) == 1 else f"{len(rods)} rods"
    if tube is None:
        scale, scatter = _scale(densities, met_hu, settings)
        doubt = float(np.hypot(scatter, settings.rod_elsewhere))
        return Calibration("rod", scale, doubt, f"{count} of known density in the images, as if inside the body")
    beam, scale = tube.beam, 1.0
    for _ in range(PASSES):
        slopes = np.array([slope_at_rod(study.volume, anatomy, box, beam, settings) for box in boxes])
        left, scatter = _scale(densities / slopes + _displaced(densities, tube), met_hu, settings)
        scale, at_rods = scale * left, _mean_slope(densities, slopes)
        beam = _with_filter(tube, scale, at_rods / scale * left)
    way = _way(study.volume, anatomy, settings)
    inside = slope_inside(beam, *way)
    is_unusual = check_slope(inside, tube, settings)
    moved = settings.rod_transfer * abs(inside / (at_rods * left) - 1)
    words = f"{count} of known density in the images, and tabulated attenuation between their place and the deposits'"
    return Calibration("rod", inside, float(np.hypot(scatter, moved)), words, beam, is_unusual)


def _displaced(densities: FloatArray, tube: Tube) -> FloatArray:
    """HU that rods show beyond deposits of the same density: mineral takes the place of water there, of muscle here."""
    return densities * (tube.muscle_hu / MINERAL_MG_PER_ML)


def _with_filter(tube: Tube, scale: float, at_rods: float) -> Beam:
    """The beam of the tube that shows rods of a tabulated slope at a scale.

    A soft beam shows more HU than the table says, most behind little water, for behind much of it filters are alike,
    and mineral hardens it the more. So the scale, less one, falls with the way as the table's own spread does; beyond
    that spread it is a matter of the scanner's HU, and the same everywhere.
    """
    spread = np.array(tube.spread)
    most = float(np.interp(at_rods, tube.beam.slopes, spread))
    filtered = float(np.clip(scale - 1, -most, most))
    softer = 1 + filtered * spread / most
    slopes = np.array(tube.beam.slopes) * softer * scale / (1 + filtered)
    hardening = np.array(tube.beam.hardening) * softer**HARDENING_POWER
    return replace(tube.beam, slopes=tuple(map(float, slopes)), hardening=tuple(map(float, hardening)))


def _way(volume: Volume, anatomy: Anatomy, settings: CalibrationSettings) -> tuple[float, float]:
    """Water and mean HU of mineral on the way to the middle of the body, or of one of usual size."""
    size_mm = size_of(volume, anatomy.body, settings)[0]
    if size_mm is None:
        return NOMINAL_PATH_MM, 0.0
    return settings.path_share * size_mm, mineral_of(volume, anatomy, settings)


def _mean_slope(densities: FloatArray, slopes: FloatArray) -> float:
    """That of the rods, each as its density tells the line."""
    return float(np.average(slopes, weights=densities + 1e-6))


def _scale(shown: FloatArray, met_hu: FloatArray, s: CalibrationSettings) -> tuple[float, float]:
    """Factor from HU met to HU that are to be shown, and its relative 95 % half-width."""
    if len(set(shown)) == 1:
        if shown[0] == 0:
            raise UnsupportedStudy("met rods of 0 mg HA/ml alone, expected one of hydroxyapatite; name its density")
        shown, met_hu = np.append(shown, 0.0), np.append(met_hu, 0.0)
    slope, scatter = _line(shown, met_hu, s.rod_hu)
    if slope <= 0:
        raise UnsupportedStudy("met rods that are darker the denser they are said to be; check their order")
    away_hu = np.abs(met_hu - met_hu.mean() - slope * (shown - shown.mean()))
    if away_hu.max() > max(s.contradicts * np.ptp(met_hu), s.uneven_hu):
        read = ", ".join(f"{value:.0f}" for value in met_hu)
        raise UnsupportedStudy(
            f"met rods that read {read} HU, which contradict their densities by up to {away_hu.max():.0f} HU, expected"
            " them on a line; check places, order and densities"
        )
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
    scatter_hu = NORMAL_95 * float(np.sqrt(left @ left / free))
    return slope, max(rod_hu, scatter_hu) / float(np.sqrt(spread))
