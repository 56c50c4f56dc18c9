"""Thresholds of the skeleton: what is bone, what is cut off it, its names and sides, and the cavities among it."""

from __future__ import annotations

from dataclasses import dataclass


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
class CutSettings:
    """Telling a deposit on bone from bone [real]: on eight sarcoma series without such a deposit none is cut off.

    It was set on those, with spheres of 0.7 to 14 mL and 400 to 550 HU set on their bones.
    """

    cortex_hu: tuple[float, float] = (650.0, 500.0)
    dense_hu: float = 200.0
    opening_mm: float = 2.5
    min_volume_mm3: float = 250.0
    lobe_mm: tuple[float, float, float] = (4.0, 6.0, 8.0)
    embedded_free: float = 0.35
    shell_mm: float = 3.5
    min_free: float = 0.6
    rim_mm: float = 2.5
    walled_hu: float = 100.0
    max_walled: float = 0.1
    around_mm: float = 9.0
    min_host_mm3: float = 1000.0
    max_second: float = 0.6
    max_sd_hu: float = 80.0
    solid_hu: float = 500.0
    solid_mm: float = 5.0
    coarse_mm: float = 1.6
    tissue_hu: float = 60.0
    shaft_margin_mm: float = 34.0
    shaft_clear_mm: float = 7.0
    shaft_smooth_mm: float = 2.0
    shaft_points: int = 100
    shaft_along: float = 0.15
    shaft_across: float = 0.2
    shaft_radius_mm: tuple[float, float] = (4.0, 26.0)
    shaft_rings: int = 3
    shaft_rough_mm: float = 0.8
    shaft_step_hu: float = 200.0
    shaft_past_mm: float = 1.5
    shaft_volume_mm3: float = 1000.0
    shaft_outside: float = 0.6
    shaft_height_mm: float = 5.0
    settled_mm3: float = 1000.0
    settled_hu: float = 250.0
    settled_sd_hu: float = 45.0
    settled_sd_per_noise: float = 1.75
    settled_denser_hu: float = 150.0
    settled_reach_mm: float = 8.0
    settled_enclosure: float = 0.065
    settled_gap_mm: float = 20.0


@dataclass(frozen=True, slots=True)
class SpiculeSettings:
    """Telling spicules from bone [real]: one series has them, in seven others and in two trunks none is cut off."""

    cortex_hu: float = 650.0
    dense_hu: float = 130.0
    thick_mm: float = 3.0
    foot_mm: float = 1.5
    min_volume_mm3: float = 100.0
    min_reach_mm: float = 8.0
    min_peak_hu: float = 250.0
    shell_mm: float = 4.0
    min_free: float = 0.75
    around_mm: float = 10.0
    min_cortex: float = 0.4
    wall_mm: float = 2.0
    coarse_mm: float = 1.6


@dataclass(frozen=True, slots=True)
class TubesSettings:
    """Telling limb bones by the tubes of cortex that their shafts make in slices [real].

    The widths are of adults: femur, tibia and fibula as seen on the eight sarcoma series. Humerus and forearm are in
    none of the scans: bone meshes of myo-sim (a small adult) measure 18 to 20 mm (humerus), 12 to 14 (radius) and
    10 to 16 (ulna) along the middle three fifths of the shaft.
    """

    step_mm: float = 3.0
    bone_hu: float = 250.0
    cortex_hu: float = 1000.0
    min_cortex_share: float = 0.1
    min_area_mm2: float = 60.0
    max_elongation: float = 1.9
    max_diameter_mm: float = 45.0
    coarse_mm: float = 1.6
    deep_mm: float = 12.0
    min_length_mm: float = 30.0
    min_upright: float = 0.6
    max_gap: float = 2.0
    width_step: float = 1.4
    narrow: float = 1.3
    beside_mm: float = 80.0
    min_share: float = 0.6
    max_limb_mm: float = 280.0
    femur_mm: tuple[float, float] = (23.0, 40.0)
    wide_femur_mm: float = 26.0
    min_thigh_mm: tuple[float, float] = (105.0, 140.0)
    humerus_mm: tuple[float, float] = (18.0, 25.0)
    upper_arm_mm: tuple[float, float] = (65.0, 98.0)
    tibia_mm: tuple[float, float] = (20.0, 36.0)
    fibula_mm: tuple[float, float] = (8.5, 17.0)
    tibia_per_fibula: tuple[float, float] = (1.6, 1.3)
    forearm_mm: tuple[float, float] = (9.0, 18.0)
    forearm_max_mm: float = 105.0
    min_growth: float = 0.1


@dataclass(frozen=True, slots=True)
class NamesSettings:
    """From what the learned model says of each 5 mm cell to bones [synthetic]: chosen on posed bone meshes.

    Cells that share a face hear each other; a region of one name that is small, by itself and against the largest of
    that name, takes the name of the one it touches most. ``min_named_share`` [real]: 0.99 or more of each of nine scans
    of adults has a name, and 0.38 or less of the reference pelvis shrunk to that of a toddler.
    ``min_height_mm`` [real]: of slabs of 9, 15 and 20 mm cut out of nine scans 41, 21 and 19 % of what had a name had
    another one than in the whole scan, loins that of a foot; of slabs of 60 mm 6 %.
    """

    trust: float = 0.6
    coupling: float = 0.8
    rounds: int = 8
    merging_rounds: int = 3
    min_cells: int = 40
    min_share: float = 0.05
    min_probability: float = 0.5
    min_named_share: float = 0.5
    min_height_mm: float = 30.0
    order_cells: int = 6
    process_cells: int = 6
    rib_cells: int = 12
    kneecap_cells: int = 3
    kneecap_near_cells: int = 10


@dataclass(frozen=True, slots=True)
class IslandSettings:
    """Pieces that have the name of a bone but lie apart from it on another one [real]: on one hemipelvis."""

    share: float = 0.02
    min_mm3: float = 100.0


@dataclass(frozen=True, slots=True)
class GivenNamesSettings:
    """Taking names from a label map, whose edges are as coarse as the voxels it was made on: 1.5 or 3 mm.

    TotalSegmentator and MOOSE work on 1.5 mm, TotalSegmentator's fast model on 3 mm (their documentation). The middle
    of the liver lies some 100 mm right of those of spleen and stomach [real].
    """

    reach_mm: float = 5.0
    block_mm: float = 2.0
    min_share: float = 0.1
    organs_apart_mm: float = 20.0


@dataclass(frozen=True, slots=True)
class SidesSettings:
    """Telling left from right by where a bone lies and by which way the body says right is [real]."""

    point_mm: float = 3.0
    coarse_mm: float = 1.6
    level_mm: float = 4.0
    min_points: int = 12
    min_levels: int = 5
    min_agreement: float = 0.5
    strip_mm: float = 18.0
    min_vertebral_levels: int = 10
    min_cosine: float = 0.5
    min_bow_length_mm: float = 150.0
    min_bow_mm: float = 3.0
    min_taper: float = 0.15
    much_mm3: float = 20_000.0
    apart_mm: float = 30.0
    hip_reach_mm: float = 80.0
    neck_offset_mm: float = 20.0
    max_backward: float = 0.7
    mark_mm3: float = 8000.0
    midline_reach_mm: float = 150.0
    midline_width_mm: float = 40.0
    midline_stray_mm: float = 12.0
    min_spread_mm: float = 30.0
    symphysis_mm: float = 15.0
    gap_share: float = 0.6
    shaft_to_middle_mm: tuple[float, float] = (117.0, 30.0)
    min_leg_mm: float = 90.0
    clear_mm: float = 60.0
    beside_middle_mm: float = 10.0
    single_leg_mm: float = 105.0
    max_off_center_mm: tuple[float, float] = (120.0, 60.0)
    block_mm: float = 10.0
    before_spine_mm: float = 30.0
    liver_hu: tuple[float, float] = (35.0, 145.0)
    even_per_quiet: float = 1.8
    liver_depth_mm: float = 20.0
    liver_core_mm3: float = 50_000.0
    max_other_share: float = 0.1
    lung_hu: float = -500.0
    min_heart_mm: float = 60.0
    heart_offset_mm: float = 10.0
    min_rib_points: int = 100
    rib_piece_mm: float = 12.0
    rib_elongation: float = 2.0


@dataclass(frozen=True, slots=True)
class TrunkSettings:
    """Where the cavities of the trunk end.

    The muscles of the abdominal wall are 10 mm (rectus) to 25 mm (the three lateral ones together) thick in adults by
    ultrasound, Rankin 2006 (10.1002/mus.20589). The rest [real]: read off the label maps of one abdomen and one chest.
    """

    level_mm: float = 4.0
    coarse_mm: float = 2.0
    directions: int = 72
    min_bone_mm3: float = 5000.0
    min_held_share: float = 0.5
    deep_bone_mm: float = 10.0
    max_bone_share: float = 0.05
    max_reach_mm: float = 260.0
    before_spine_mm: float = 40.0
    behind_front_mm: float = 50.0
    rib_slab_mm: float = 12.0
    gap_degrees: tuple[float, float] = (40.0, 45.0)
    pelvic_gap_degrees: float = 130.0
    fat_hu: float = -30.0
    skin_mm: float = 4.0
    layer_mm: float = 4.0
    wall_mm: tuple[float, float] = (8.0, 25.0)
