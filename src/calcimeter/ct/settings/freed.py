"""Thresholds of what is taken off the trunk's skeleton again: rib cartilage and the spinal canal."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class FreedSettings:
    """Rib cartilage and the spinal canal [real], with sizes from textbooks of anatomy.

    Cartilage lies in the front wall, from the first rib's beside the sternum to the tenth's 130 mm from the midline; it
    is 10 to 15 mm high where it meets the sternum, which is some 150 mm long and 25 to 60 mm wide. Ribs are 10 to 15 mm
    high and 6 to 8 mm thick; what hangs on their front ends was seen twice, on one chest. A vertebral body is
    over 18 mm deep, the canal behind it at least 10 by 12 mm wide and filled with fluid, cord and fat.
    """

    wall_mm: float = 25.0
    inside_mm: float = 6.0
    ahead_mm: float = 20.0
    ahead_per_lateral: float = 0.35
    lateral_mm: float = 130.0
    notch_mm: float = 20.0
    sternum_half_mm: float = 12.0
    stands_out_mm: float = 3.0
    rib_hu: float = 200.0
    plate_hu: float = 450.0
    plate_mm3: float = 40.0
    plate_mm: float = 25.0
    plate_blur_mm: float = 3.5
    tube_mm3: float = 300.0
    beyond_mm: float = 30.0
    beyond_gap_mm: float = 10.0
    beyond_mm3: tuple[float, float] = (20.0, 1000.0)
    beyond_rise_hu: float = 100.0
    beyond_foot_mm2: float = 50.0
    beyond_halo_mm: float = 2.0
    canal_dense_hu: float = 130.0
    canal_hu: float = 75.0
    canal_calm_mm: float = 2.5
    canal_mm2: float = 100.0
    canal_behind_mm: float = 18.0
    canal_lateral_mm: float = 10.0
    canal_window_mm: tuple[float, float] = (90.0, 30.0)
