"""Thresholds of telling tissues apart: body, what is dense, metal, gas, contrast medium."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class BodySettings:
    """Telling the patient from the table: a table is thin, a limb is not [real].

    No scanner's opening is wider than 0.9 m.
    """

    air_hu: float = -300.0
    coarse_mm: float = 1.6
    opening_mm: float = 5.0
    min_volume_mm3: float = 15_000.0
    min_inscribed_radius_mm: float = 12.0
    soft_tissue_hu: tuple[float, float] = (-150.0, 150.0)
    min_soft_tissue_share: float = 0.5
    skin_mm: float = 2.0
    widest_mm: float = 1000.0


@dataclass(frozen=True, slots=True)
class DenseSettings:
    """What counts as dense.

    130 HU at 120 kVp is the threshold of calcium scoring since Agatston 1990 (10.1016/0735-1097(90)90282-T). Where
    three standard deviations of noise over muscle (60 HU) are more, that is the threshold [physics]. Metal:
    nothing else in the body reaches 2000 HU except undiluted contrast medium and enamel [real]. Streaks were looked at
    around one nail [real].
    """

    threshold_hu: float = 130.0
    tissue_hu: float = 60.0
    tissue_sigmas: float = 3.0
    metal_hu: float = 2000.0
    metal_most_hu: float = 3000.0
    metal_halo_hu: float = 700.0
    metal_halo_mm: float = 3.0
    streak_metal_mm3: float = 1000.0
    streak_mm: float = 35.0
    streak_hu: float = 250.0
    streak_edge_mm: float = 2.0
    streak_coarse_mm: float = 1.6
    streak_closing_mm: float = 6.0
    streak_filled_mm2: float = 2500.0


@dataclass(frozen=True, slots=True)
class GasSettings:
    """Telling gas inside the body from folds of the skin, and lungs from bowel by their size [real]."""

    gas_hu: float = -300.0
    coarse_mm: float = 1.6
    depth_mm: float = 8.0
    opening_mm: float = 1.5
    lung_mm3: float = 300_000.0


@dataclass(frozen=True, slots=True)
class ContrastSettings:
    """Telling contrast medium from calcium: even, not enclosed by something denser, and in company [real].

    In bowel it touches gas, or lies near gas in a scan where another pool does; in vessels there is lung in view
    and at least two pools with 60 mL together. Without such company a pool is left to be classified.
    """

    block_mm: float = 4.0
    dense_share: float = 0.9
    mean_hu: tuple[float, float] = (140.0, 900.0)
    max_sd_hu: float = 30.0
    max_sd_per_noise: float = 1.75
    min_volume_mm3: float = 500.0
    enclosure_reach_mm: float = 8.0
    max_enclosure: float = 0.065
    denser_hu: float = 150.0
    denser_sigmas: float = 4.0
    bowel_gas_mm: float = 15.0
    touch_gas_mm: float = 8.0
    max_median_hu: float = 500.0
    intravenous_mm3: float = 60_000.0
    intravenous_pools: int = 2
    large_pool_mm3: float = 10_000.0
    chain_mm: float = 40.0
    growth_mm: float = 6.0
    growth_hu: float = 120.0


@dataclass(frozen=True, slots=True)
class VeinSettings:
    """Telling undiluted contrast medium from metal by its company [real]: one chest."""

    intravenous_mm3: float = 60_000.0
    touch_mm: float = 3.0
    chain_mm: float = 15.0
    min_chain_mm3: float = 40.0


@dataclass(frozen=True, slots=True)
class BloodSettings:
    """Telling streaky and thin contrast-filled blood from bone by what encloses and what touches it [real]: one chest.

    ``reach`` and ``min_blocks`` count blocks.
    """

    intravenous_mm3: float = 60_000.0
    block_mm: float = 4.0
    dense_share: float = 0.9
    medium_share: float = 0.3
    min_blocks: int = 2
    reach: int = 2
    denser_hu: float = 150.0
    denser_sigmas: float = 4.0
    max_enclosure: float = 0.065
    sure_touch: float = 0.2
    min_touch: float = 0.04
    max_topped: float = 0.2
    bone_enclosure: float = 0.3
    cortex_hu: float = 650.0
    vein_wall_mm: float = 6.0
    coarse_mm: float = 1.6
    follow_mm: float = 60.0
    bone_mm: float = 4.0
    blood_per_bone: float = 2.0
