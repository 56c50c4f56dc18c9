"""Thresholds of calibration: when tissues, rods and phantoms are taken, and how far they may be off."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class CalibrationSettings:
    """How HU become hydroxyapatite.

    Muscle and fat are looked for where body composition has them (Mitsiopoulos 1998, 10.1152/jappl.1998.85.1.115).
    The mean way through a disk from all its points is 0.85 of its diameter [physics]. HU of water within 4 HU is what
    routine checks ask of a scanner (IEC 61223-3-5), within 7 HU what accreditation does (ACR CT phantom).
    """

    sampled_slices: int = 20
    max_hu: float = 1500.0
    bone_hu: float = 150.0
    max_cut: float = 0.2
    air_hu: tuple[float, float] = (-1100.0, -900.0)
    muscle_hu: tuple[float, float] = (0.0, 110.0)
    fat_hu: tuple[float, float] = (-190.0, -30.0)
    even_sigmas: float = 1.3
    even_hu: float = 5.0
    min_windows: int = 1000
    peak_hu: int = 9
    scale_off: float = 0.04
    fat_off_hu: float = 15.0
    muscle_off_hu: float = 15.0
    scanner_off_hu: float = 7.0
    path_share: float = 0.85
    path_off: float = 0.05
    rod_elsewhere: float = 0.1
    rod_slices: int = 3
    rod_transfer: float = 0.3
    rod_voxels: int = 9
    rod_hu: float = 4.0
    uneven_sigmas: float = 2.0
    uneven_hu: float = 8.0
    contradicts: float = 0.1
    same_kvp: float = 0.5
    phantom_uncertainty: float = 0.05
    implausible: float = 0.4
