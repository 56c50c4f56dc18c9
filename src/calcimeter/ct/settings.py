"""Every threshold of the CT steps, with its unit and where it comes from; one record a step.

Sources: [real] chosen on eight sarcoma series of a limb (TCIA Soft-tissue-Sarcoma), one abdomen and one chest, by
looking at overlays; feasible rather than validated. [physics] follows from the quantity itself. Everything else names
its publication.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field


@dataclass(frozen=True, slots=True)
class BodySettings:
    """Telling the patient from the table: a table is thin, a limb is not [real]."""

    air_hu: float = -300.0
    coarse_mm: float = 1.6
    opening_mm: float = 5.0
    min_volume_mm3: float = 15_000.0
    min_inscribed_radius_mm: float = 12.0
    soft_tissue_hu: tuple[float, float] = (-150.0, 150.0)
    min_soft_tissue_share: float = 0.5
    skin_mm: float = 2.0


@dataclass(frozen=True, slots=True)
class DenseSettings:
    """What counts as dense.

    130 HU at 120 kVp is the threshold of calcium scoring since Agatston 1990 (10.1016/0735-1097(90)90282-T). Where
    three standard deviations of noise over muscle (60 HU) are more, that is the threshold [physics]. Metal:
    nothing else in the body reaches 2000 HU except undiluted contrast medium and enamel [real].
    """

    threshold_hu: float = 130.0
    tissue_hu: float = 60.0
    tissue_sigmas: float = 3.0
    metal_hu: float = 2000.0
    metal_halo_hu: float = 700.0
    metal_halo_mm: float = 3.0


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
    growth_mm: float = 6.0
    growth_hu: float = 120.0


@dataclass(frozen=True, slots=True)
class SkeletonSettings:
    """Telling bone from deposit [real].

    A piece is bone if it has cortex and goes on beyond the images or is long (a large piece cut by the border needs
    less cortex); if it is rod-like, cut by the border and beside a large skeleton (ribs); or if it lies on bone
    found so far, or is one of three in a row that have marrow. A piece that is solid throughout and lies free is no
    bone.
    """

    cortex_hu: float = 650.0
    min_cortex_share: float = 0.02
    min_volume_mm3: float = 1000.0
    min_length_mm: float = 100.0
    cut_volume_mm3: float = 3000.0
    cut_cortex_share: float = 0.005
    rib_length_mm: float = 30.0
    rib_elongation: float = 2.4
    rib_min_skeleton_mm3: float = 300_000.0
    coarse_mm: float = 1.6
    core_depth_mm: float = 3.0
    core_to_shell: float = 0.7
    neighbor_mm: float = 10.0
    min_series: int = 3
    min_marrow_share: float = 0.05
    closing_mm: float = 5.0
    max_marrow_mm2: float = 2500.0
    absorb_max_mm3: float = 300.0
    absorb_mm: float = 1.6
    absorb_share: float = 0.35


@dataclass(frozen=True, slots=True)
class CandidateSettings:
    """Which dense objects are looked at: fewer than five voxels are noise as often as not [real].

    Distances to bone, gas, contrast and metal are measured on a coarse grid and only as far as a rule asks.
    """

    min_voxels: int = 5
    coarse_mm: float = 1.6
    reach_mm: tuple[float, float, float, float] = (15.0, 40.0, 15.0, 5.0)
    ring_mm: tuple[float, float] = (2.0, 5.0)
    core_depth_mm: float = 3.0
    around_mm: float = 150.0


@dataclass(frozen=True, slots=True)
class ClassifySettings:
    """Telling calcification of soft tissue from its look-alikes by place, shape and density, in that order [real]."""

    peak_hu: float = 130.0
    peak_sigmas: float = 3.0
    small_mm3: float = 30.0
    small_peak_sigmas: float = 6.0
    beyond_body: float = 0.02
    medium_mean_hu: float = 320.0
    medium_touch_mm: float = 3.0
    medium_near_mm: float = 10.0
    medium_chain_mm: float = 25.0
    medium_min_mm3: float = 100.0
    bowel_min_mm3: float = 500.0
    bowel_gas_mm: float = 15.0
    trunk_gas_mm: float = 40.0
    trunk_gas_mm3: float = 200.0
    rib_cage_share: float = 0.5
    compact_mm3: float = 1000.0
    compact_max_hu: float = 500.0
    beside_bone_mm: float = 6.0
    beside_bone_mm3: float = 500.0
    bone_contact: float = 0.10
    border_bone_mm: float = 8.0
    cortex_hu: float = 650.0
    core_to_shell: float = 0.6
    shell_mm3: float = 1000.0
    metal_mm: float = 5.0
    vessel_elongation: float = 3.5
    vessel_length_mm: float = 12.0
    vessel_width_mm: float = 6.0
    vessel_max_hu: float = 300.0
    fat_hu: float = -30.0
    chain_piece_mm3: float = 150.0
    chain_reach_mm: float = 60.0
    chain_residual_mm: float = 3.0
    chain_bend: float = 0.05
    chain_beads: int = 1


@dataclass(frozen=True, slots=True)
class GroupSettings:
    """Fragments of one deposit lie closer than a share of its extent [real]."""

    gap_mm: float = 8.0
    gap_per_extent: float = 0.8
    max_gap_mm: float = 25.0
    stray_gap_mm: float = 3.0
    faint_peak_sigmas: float = 2.0


@dataclass(frozen=True, slots=True)
class OutlineSettings:
    """Filling a deposit: gaps in its rim up to twice the closing radius are bridged before holes are filled.

    A core that only the transverse slices enclose (thin walls vanish above and below where slices are thick) counts
    if it is at most twice as large as what is dense.
    """

    closing_mm: float = 2.0
    max_open_core: float = 2.0
    min_open_core: float = 0.05
    ring_mm: tuple[float, float] = (2.0, 5.0)
    half: float = 0.5
    least_fraction: float = -0.2


@dataclass(frozen=True, slots=True)
class Settings:
    """All thresholds of a CT analysis."""

    body: BodySettings = field(default_factory=BodySettings)
    dense: DenseSettings = field(default_factory=DenseSettings)
    gas: GasSettings = field(default_factory=GasSettings)
    contrast: ContrastSettings = field(default_factory=ContrastSettings)
    skeleton: SkeletonSettings = field(default_factory=SkeletonSettings)
    candidates: CandidateSettings = field(default_factory=CandidateSettings)
    classify: ClassifySettings = field(default_factory=ClassifySettings)
    group: GroupSettings = field(default_factory=GroupSettings)
    outline: OutlineSettings = field(default_factory=OutlineSettings)

    def record(self) -> dict[str, dict[str, object]]:
        """Plain values by step, for the provenance."""
        return asdict(self)
