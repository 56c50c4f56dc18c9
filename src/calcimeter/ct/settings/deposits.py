"""Thresholds of deposits: what is looked at, what it is, how far it goes, where it lies, and what could be found."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class CandidateSettings:
    """Which dense objects are looked at: fewer than five voxels are noise as often as not [real].

    Distances to bone, gas, contrast and metal are measured on a coarse grid and only as far as a rule asks.
    """

    min_voxels: int = 5
    coarse_mm: float = 1.6
    reach_mm: tuple[float, float, float, float, float] = (15.0, 40.0, 15.0, 5.0, 50.0)
    ring_mm: tuple[float, float] = (2.0, 5.0)
    core_depth_mm: float = 3.0
    around_mm: float = 150.0
    joint_mm: float = 10.0
    organ_share: float = 0.3
    symphysis_mm: float = 12.0
    metal_edge_mm: float = 3.0


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
    medium_denser_hu: float = 150.0
    medium_min_mm3: float = 100.0
    bowel_min_mm3: float = 500.0
    bowel_gas_mm: float = 15.0
    fold_mm: float = 5.0
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
    no_marrow_hu: tuple[float, float] = (0.0, 90.0)
    shell_mm3: float = 1000.0
    metal_mm: float = 5.0
    metal_edge_share: float = 0.9
    metal_edge_mm3: float = 33.0
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
    border_mm3: float = 500.0
    wall_mm: float = 3.0
    limb_share: float = 0.9
    tail_lateral_mm: float = 8.0
    tail_mm: float = 6.0
    process_lateral_mm: float = 30.0
    process_mirrored: float = 0.5
    pubis_lateral_mm: float = 20.0
    pubis_behind_mm: float = 45.0
    joint_mm: float = 8.0
    joint_mm3: float = 1000.0
    cartilage_mm: float = 50.0
    cartilage_wall_mm: float = 25.0
    cartilage_inside_mm: float = 6.0
    cartilage_ahead_mm: float = 20.0
    cartilage_ahead_per_lateral: float = 0.35
    cartilage_lateral_mm: float = 130.0
    marrow_to_rim: float = 0.5
    aorta_ahead_mm: tuple[float, float] = (2.0, 45.0)
    aorta_lateral_mm: float = 28.0
    plaque_mm3: float = 300.0
    phlebolith_mm: float = 12.0
    phlebolith_elongation: float = 2.0
    phlebolith_lateral_mm: float = 15.0
    stone_hu: float = 200.0
    stone_mm: float = 25.0
    stone_elongation: float = 3.0
    kidney_above_mm: float = 50.0
    urine_hu: tuple[float, float] = (-10.0, 15.0)
    bladder_lateral_mm: float = 40.0
    bladder_depth_mm: float = 20.0
    ureter_lateral_mm: tuple[float, float] = (25.0, 60.0)
    ureter_ahead_mm: tuple[float, float] = (-25.0, 12.0)
    kidney_lateral_mm: tuple[float, float] = (35.0, 110.0)
    kidney_ahead_mm: tuple[float, float] = (-50.0, 25.0)


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
    if it is at most twice as large as what is dense. Fewer dense voxels together in a hole than a candidate has are
    noise.
    """

    noise_voxels: int = 5
    closing_mm: float = 2.0
    max_open_core: float = 2.0
    min_open_core: float = 0.05
    ring_mm: tuple[float, float] = (2.0, 5.0)
    half: float = 0.5
    least_fraction: float = -0.2


@dataclass(frozen=True, slots=True)
class PlaceSettings:
    """Telling where a deposit lies from the bones and the tissue around it [real].

    Fat and muscle by their HU: fat -190 to -30 HU is the range of body composition on CT, muscle from -29 HU on
    (Mitsiopoulos 1998, 10.1152/jappl.1998.85.1.115); with blur and noise muscle begins at 0 here.
    """

    stretch_mm: float = 40.0
    joint_reach_mm: float = 100.0
    beside_joint_mm: float = 25.0
    extensor_reach_mm: float = 60.0
    trunk_reach_mm: float = 40.0
    limb_reach_mm: float = 120.0
    ring_mm: tuple[float, float] = (2.0, 6.0)
    fat_hu: tuple[float, float] = (-190.0, -30.0)
    muscle_hu: tuple[float, float] = (0.0, 130.0)
    fat_share: float = 0.6
    muscle_share: float = 0.7
    plane_share: float = 0.1
    gas_share: float = 0.02
    path_muscle: float = 0.15
    skin_mm: float = 4.0
    inside_mm: float = 5.0
    skin_coarse_mm: float = 2.0


@dataclass(frozen=True, slots=True)
class SearchSettings:
    """Which bones count as in view, so that their region was searched [real]."""

    min_bone_mm3: float = 5000.0
