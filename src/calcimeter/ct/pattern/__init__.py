"""How the mineral of each deposit is laid out: deposits -> patterns."""

from __future__ import annotations

from collections.abc import Callable

from calcimeter.ct.pattern.features import Features, describe
from calcimeter.ct.settings import PatternSettings
from calcimeter.model.lesion import LISTED_ONLY_WITH_ALL, Deposit
from calcimeter.model.measures import FluidLevel, Pattern, PatternName, Resolution
from calcimeter.model.volume import Volume

Rule = Callable[[Features, PatternSettings], tuple[PatternName | None, str] | None]


def tell_patterns(
    volume: Volume,
    deposits: tuple[Deposit, ...],
    fluid_levels: tuple[FluidLevel, ...],
    resolution: Resolution,
    noise_hu: float,
    settings: PatternSettings,
) -> tuple[Pattern, ...]:
    """Patterns in the order of the deposits, with the features that decided.

    The rules are asked in turn and the first that speaks decides: layers, dots, form (sheet, line), and then how the
    mineral lies inside: trabecular, rim, central, even or uneven. What lies inside is judged only beyond the reach of
    the blur, so that a small deposit has no pattern but its form. Fails where a rim is thinner than the blur and as
    faint as noise, and for bone whose marrow is not fatty: it comes out as a rim or amorphous.
    """
    blur_mm = (resolution.in_plane_fwhm_mm, noise_hu)
    return tuple(
        Pattern(because="not looked for in what is set aside")
        if deposit.category in LISTED_ONLY_WITH_ALL
        else _pattern(describe(volume, deposit, blur_mm, len(level.levels), settings), settings)
        for deposit, level in zip(deposits, fluid_levels, strict=True)
    )


def _pattern(features: Features, s: PatternSettings) -> Pattern:
    """The first rule that speaks."""
    for rule in (_layered, _punctate, _thin, _too_small, _trabecular, _rim_or_central):
        said = rule(features, s)
        if said is not None:
            return Pattern(said[0], features.shown(), said[1])
    uneven = features.uneven_share or 0.0
    name: PatternName = "amorphous" if uneven >= s.uneven_share else "homogeneous"
    return Pattern(name, features.shown(), f"inside, HU vary by {uneven:.0%} of their mean beside noise")


def _layered(f: Features, _: PatternSettings) -> tuple[PatternName | None, str] | None:
    """Fluid-calcium levels."""
    if not f.levels_count:
        return None
    return "layered", f"{f.levels_count} fluid-calcium {'level' if f.levels_count == 1 else 'levels'}"


def _punctate(f: Features, s: PatternSettings) -> tuple[PatternName | None, str] | None:
    """Several dots and little else."""
    if f.fragments_count < s.min_dots or f.small_fragment_share < s.dots_share:
        return None
    return (
        "punctate",
        f"{f.fragments_count} pieces, {f.small_fragment_share:.0%} of them no larger than {s.dot_mm:g} mm",
    )


def _thin(f: Features, s: PatternSettings) -> tuple[PatternName | None, str] | None:
    """A sheet is wide in two directions for its thickness, a line in one."""
    if f.form_share < s.form_share:
        return None
    if f.breadth_mm >= s.sheet_ratio * f.thickness_mm and f.depth_mm <= s.sheet_depth_share * f.breadth_mm:
        return "sheet", f"{f.thickness_mm:.1f} mm thick, {f.length_mm:.0f} by {f.breadth_mm:.0f} mm wide"
    if f.length_mm >= s.line_ratio * f.breadth_mm and f.length_mm >= s.line_ratio * f.thickness_mm:
        return "linear", f"{f.length_mm:.0f} mm long, {f.breadth_mm:.1f} mm wide"
    return None


def _too_small(f: Features, s: PatternSettings) -> tuple[PatternName | None, str] | None:
    """Too little lies beyond the reach of the blur."""
    if f.core_voxels_count >= s.few and f.uneven_share is not None and f.core_to_rim_share is not None:
        return None
    return None, f"{f.thickness_mm:.1f} mm thick: too small against the blur to see inside"


def _trabecular(f: Features, s: PatternSettings) -> tuple[PatternName | None, str] | None:
    """A dense shell around marrow with strands in it."""
    if f.core_to_rim_share is None or f.texture_share is None or f.marrow_share is None:
        return None
    shell = f.core_to_rim_share <= s.shell_ratio
    if shell and f.texture_share >= s.strand_share and f.marrow_share >= s.marrow_share:
        return "trabecular", f"a dense shell around fat with strands: {f.marrow_share:.0%} of the inside is fatty"
    return None


def _rim_or_central(f: Features, s: PatternSettings) -> tuple[PatternName | None, str] | None:
    """Denser outside than inside, or the reverse."""
    if f.core_to_rim_share is None or (f.depth_share or 0.0) < s.depth_share:
        return None
    words = f"deep inside {f.core_to_rim_share:.2f} times as dense over background as near the surface"
    if f.core_to_rim_share <= s.rim_ratio:
        return "rim", words
    return ("central", words) if f.core_to_rim_share >= s.central_ratio else None
