"""Thresholds of measuring deposits: gravity, fluid levels, shape, pattern."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class GravitySettings:
    """Telling the table from clothes: it stands at one place in all slices and is wide [real], [physics]."""

    max_lean_deg: float = 3.0
    stretch_mm: float = 100.0
    min_stretch_mm: float = 60.0
    planes: int = 12
    pixel_mm: float = 2.0
    board_hu: float = -700.0
    share_of_planes: float = 0.9
    min_width_mm: float = 100.0
    least_ratio: float = 2.0


@dataclass(frozen=True, slots=True)
class FluidSettings:
    """Telling level layers from anything else that is denser below: they are flat and lie level [physics].

    Chosen on reference objects of the package (ellipsoids with and without walls); the real scans hold no known level.
    """

    margin_mm: float = 12.0
    gap_mm: float = 1.0
    min_height_mm: float = 3.0
    wide_look_mm: tuple[float, float] = (2.5, 3.0)
    close_look_mm: tuple[float, float] = (1.2, 2.0)
    shelf_look_mm: tuple[float, float, float] = (2.0, 1.5, 0.8)
    shelf_hu: tuple[float, ...] = (60.0, 90.0, 130.0, 190.0, 280.0, 400.0)
    shelf_fluid_hu: float = 90.0
    shelf_share: tuple[float, float] = (0.25, 0.75)
    max_column_residual: float = 1.5
    growth: int = 3
    min_rise_hu: float = 50.0
    min_above_hu: float = -30.0
    max_open_hu: float = 70.0
    min_open_share: float = 0.15
    enclosed_share: float = 0.5
    tolerance_mm: float = 0.8
    min_columns: int = 6
    min_area_mm2: float = 12.0
    max_patches: int = 16
    max_lean_deg: float = 12.0
    max_deviation: float = 0.25
    fit_reach_mm: float = 1.6
    min_step_hu: float = 80.0
    max_tilt_deg: float = 5.0
    max_bow_mm: float = 0.4
    min_radius_mm: float = 30.0
    dome_mm: float = 20.0
    most_bow_mm: float = 1.2
    dome_errors: float = 1.5
    least_flatness: float = 0.5
    min_sediment_mm: float = 3.0
    min_section_mm2: float = 90.0
    min_section_columns: int = 16
    max_tilt_error_deg: float = 3.0
    min_span_share: float = 0.2
    max_raggedness: float = 1.8
    max_residual: float = 1.4
    max_residual_share: float = 0.1
    min_layer_mm: float = 1.5
    max_aside_rise_share: float = 0.35


@dataclass(frozen=True, slots=True)
class AmountSettings:
    """Volume and mass: half maximum, corrected by scanning what was measured once more [physics].

    Chosen on objects of our own with known truth; see docs/method.md.
    """

    ring_mm: tuple[float, float] = (2.0, 5.0)
    usual_hu: float = 200.0
    background_mm: float = 3.0
    background_share: float = 0.02
    background_sd_hu: float = 2.0
    half: float = 0.5
    level_power: int = 4
    least_level: float = 0.25
    least_level_sigmas: float = 5.0
    loose_sigmas: float = 2.5
    loose_level: float = 0.5
    dense_level: float = 0.55
    loose_span: float = 2.5
    loose_slices: int = 2
    reach_voxels: int = 2
    truncate: float = 3.0
    restore: float = 2.0
    deep: float = 0.97
    least_shown: float = 0.5
    mass_reach: float = 1.2
    ray_slices: int = 5
    profile_steps: tuple[float, ...] = (1.0, 1.2, 1.4, 1.7, 2.0, 2.4)
    profile_gain: float = 0.93
    profile_misfit: float = 4.0
    profile_deposits: int = 6
    profile_sd: float = 0.15
    most_mm3: float = 10_000.0
    top_percentile: float = 95.0
    layers: int = 27
    layers_between: tuple[float, float] = (0.05, 0.82)
    evidence: int = 4
    core_share: float = 0.9
    widest: float = 0.75
    rim_sigmas: float = 2.0
    layers_apart: int = 3
    least_rim: float = 0.1
    rim_edge: tuple[float, float] = (0.42, 0.54)
    core_edge: tuple[float, float] = (0.3, 0.75)
    nested_weight: float = 0.02
    nested_evidence: int = 6
    nested_misfit: int = 8
    beyond_blur: float = 0.3
    beyond_evidence: int = 8
    layers_doubt: float = 0.01
    nested_doubt: float = 0.03
    body_mm3: float = 2000.0
    body_misfit: float = 1.1
    waves_sd: float = 0.06
    core_radius: tuple[float, float] = (0.6, 0.2)
    core_off: float = 0.15
    wall_mm: tuple[float, float] = (1.8, 0.8)
    settled_sd: tuple[float, float] = (0.3, 0.4)
    level_sd: float = 0.5
    body_place_mm: float = 3.0
    body_axes: float = 0.5
    supple_mm: float = 3.0
    supple_sd_mm: float = 0.6
    supple_pitch: float = 0.8
    supple_near_mm: tuple[float, float] = (1.0, 3.0)
    supple_smooth_mm: float = 0.7
    walls_mm: tuple[float, ...] = (1.2, 1.8, 2.6)
    walled_rounds: int = 3
    under_wall: tuple[float, float] = (-0.4, 0.5)
    under_wall_mm: float = 2.0
    under_wall_sd: float = 0.35
    thin_apart: float = 0.05
    thin_misfit: float = 4.0
    body_steps: int = 12
    body_gain: float = 0.1
    body_doubt: float = 0.015
    misfit_doubt: float = 0.2
    usual_misfit: float = 1.1
    thin_doubt: float = 0.025
    thin_from: float = 1.0
    apart_doubt: float = 1.0
    ways_doubt: tuple[float, float, float] = (0.02, 0.15, 0.1)
    ways_misfit: float = 1.1
    ruled_out: float = 0.05
    doubt: float = 0.004
    uneven_doubt: float = 0.25
    inner_doubt: float = 0.25
    cut_slip: float = 0.5
    coarser: tuple[float, float] = (1.3, 1.5)
    plateau: float = 0.95
    open_within: float = 0.05
    moved_within: float = 0.3
    thin_reach: float = 1.5
    thin_share: float = 0.45
    densest_hu: float = 2000.0
    metal_share: float = 0.01
    metal_doubt: float = 1.0
    mineral_mg_ha_per_ml: float = 100.0
    sigmas: float = 1.96


@dataclass(frozen=True, slots=True)
class ResolutionSettings:
    """Telling the blur of a scan at the skin [physics], where it lies squarely to rows or columns [real].

    What is assumed without skin is the range of soft kernels: 0.8 to 1.8 mm.
    """

    planes: int = 24
    middle_hu: float = -500.0
    profile_mm: float = 4.0
    clear_mm: float = 2.5
    skin_mm: tuple[float, float] = (0.8, 2.0)
    air_hu: float = -850.0
    tissue_hu: float = -300.0
    max_slope: float = 0.35
    max_lean: float = 0.15
    bin_mm: float = 0.1
    min_in_bin: int = 12
    shares: tuple[float, float] = (0.04, 0.6)
    min_edges: int = 200
    least_sd: float = 0.06
    usual_fwhm_mm: float = 1.2
    usual_sd: float = 0.25


@dataclass(frozen=True, slots=True)
class ShapeSettings:
    """Lobes and surface [physics]: a neck under 0.7 of a lobe's diameter parts it; noise makes dents of some 0.3 mm."""

    most_voxels: int = 400_000
    thick_slice: float = 1.5
    calming_share: float = 0.3
    piece_share: float = 0.25
    sure_sigmas: float = 6.0
    smoothing: float = 0.7
    blur_mm: float = 1.2
    lobe_depth_mm: float = 0.5
    neck_share: float = 0.85


@dataclass(frozen=True, slots=True)
class PatternSettings:
    """Telling patterns apart by form and by how the mineral lies inside, beyond the reach of the blur [physics].

    Chosen on reference objects of the package; STS_045, a ball of whorls, showed that a sheet is flat [real].
    """

    ring_mm: tuple[float, float] = (2.0, 6.0)
    tissue_hu: float = 130.0
    few: int = 24
    dot_mm: float = 5.0
    min_dots: int = 2
    dots_share: float = 0.8
    form_share: float = 0.25
    sheet_ratio: float = 3.0
    sheet_depth_share: float = 0.6
    line_ratio: float = 4.0
    rim_depth: float = 0.5
    deep_depth: float = 0.7
    shells: int = 8
    depth_share: float = 0.4
    rim_ratio: float = 0.6
    central_ratio: float = 1.3
    uneven_share: float = 0.2
    texture_mm: float = 2.0
    shell_ratio: float = 0.85
    strand_share: float = 0.25
    marrow_hu: float = -10.0
    marrow_share: float = 0.15
