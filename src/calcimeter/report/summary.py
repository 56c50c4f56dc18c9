"""What was found, in words: the headline, the sentences below it, and what to keep in mind."""

from __future__ import annotations

from collections import Counter

from calcimeter.model.analysis import CTAnalysis
from calcimeter.model.caveat import TEXTS, Caveat
from calcimeter.model.lesion import Category, Lesion
from calcimeter.report.record import all_caveats
from calcimeter.report.wording import (
    count,
    count_category,
    enumeration,
    hounsfield,
    length,
    lesion_numbers,
    product,
    sentence,
    term,
    volume,
)

_FIRM = 0.7
_MOST_KEPT_IN_MIND = 3
_WEIGHTIEST = (
    "TOUCHES_BORDER",
    "LESION_TOUCHES_BONE",
    "CONTRAST_PRESENT",
    "METAL_PRESENT",
    "NO_SKELETON",
    "KVP_UNKNOWN",
    "FUSED_TO_BONE_NOT_EXAMINED",
    "FIELD_OF_VIEW_CROPPED",
    "SLICES_THICK",
    "INTERVAL_NOT_AVAILABLE",  # last: without a lesion it says nothing
)


def headline(analysis: CTAnalysis) -> str:
    """The result in one line; where nothing was found, always over what size and where."""
    soft = analysis.of_category(Category.SOFT_TISSUE)
    if not soft:
        return f"None{_over(analysis)} in {_where(analysis)}"
    found = sentence(count_category(len(soft), Category.SOFT_TISSUE)).rstrip(".")
    total = volume(sum(lesion.extent.volume_mm3.value for lesion in soft))
    if len(soft) == 1:
        return f"{found}, {_axes(soft[0])}, {total}"
    return f"{found}, {total} together"


def findings(analysis: CTAnalysis) -> list[str]:
    """The paragraph below the headline, sentence by sentence."""
    soft = analysis.of_category(Category.SOFT_TISSUE)
    told = _found(soft, analysis) if soft else [_none_found(analysis)]
    return [*told, *_also_seen(analysis), *_uncertain(analysis.of_category(Category.UNCERTAIN))]


def keep_in_mind(analysis: CTAnalysis) -> list[str]:
    """The caveats that matter most, as sentences: first of the soft-tissue lesions, then of the scan."""
    by_code: dict[str, list[int]] = {}
    for lesion in analysis.of_category(Category.SOFT_TISSUE):
        for code in lesion.caveats:
            by_code.setdefault(code, []).append(lesion.id)
    scan = {c.code: c.text for c in all_caveats(analysis)}
    told = []
    for code in _WEIGHTIEST if analysis.lesions else _WEIGHTIEST[:-1]:
        if code in by_code:
            told.append(sentence(f"{TEXTS[code].rstrip('.')} ({lesion_numbers(by_code[code])})"))
        elif code in scan:
            told.append(scan[code])
    return told[:_MOST_KEPT_IN_MIND]


def place_sentence(lesion: Lesion, analysis: CTAnalysis) -> str:
    """Where a lesion lies: bone, part, side, direction and distance as far as they are known."""
    place = lesion.place
    if place.distance_mm is None:
        return "The distance to bone is not known."
    away = _from_bone(lesion, analysis)
    direction = f", {term(place.direction)} of it" if place.direction else ""
    joint = (
        f"; {length(place.joint_distance_mm)} from the {term(place.joint)} joint"
        if place.joint and place.joint_distance_mm is not None
        else ""
    )
    compartment = f"; {term(place.compartment)}" if place.compartment else ""
    side = f"; {place.side} side" if place.side in ("left", "right") and not place.bone else ""
    return sentence(f"{away}{direction}{joint}{compartment}{side}")


def caveat_sentences(codes: tuple[str, ...]) -> list[str]:
    """The sentences of a lesion's caveat codes."""
    return [TEXTS[code] for code in sorted(set(codes))]


def scan_caveats(analysis: CTAnalysis) -> list[Caveat]:
    """The caveats of the study and the analysis, the weightiest first."""
    rank = {code: k for k, code in enumerate(_WEIGHTIEST)}
    return sorted(all_caveats(analysis), key=lambda c: (rank.get(c.code, len(rank)), c.code))


def _found(soft: tuple[Lesion, ...], analysis: CTAnalysis) -> list[str]:
    largest = soft[0]
    extent = largest.extent
    who = "It" if len(soft) == 1 else f"The largest, lesion {largest.id}, measures {_axes(largest)} in one slice and"
    density = hounsfield(largest.density.mean_hu)
    reach = f"{who} reaches {length(extent.craniocaudal_mm)} craniocaudally{_in_pieces(largest)}"
    told = [f"{reach}, with a mean density of {density}{_away(largest, analysis)}."]
    shaky = [lesion.id for lesion in soft if lesion.deposit.confidence < _FIRM]
    if shaky:
        told.append(sentence(f"not firm (confidence below {_FIRM}) is the category of {lesion_numbers(shaky)}"))
    return told


def _none_found(analysis: CTAnalysis) -> str:
    search = analysis.search
    searched = f"{volume(search.examined_mm3)} of body was searched at a threshold of {hounsfield(search.threshold_hu)}"
    if search.detection_limit_mm3 is None:
        return f"No soft-tissue calcification was found; {searched}. How small a deposit would be found is not known."
    limit = volume(search.detection_limit_mm3)
    return f"No soft-tissue calcification was found; {searched}. Deposits smaller than {limit} may be there unseen."


def _also_seen(analysis: CTAnalysis) -> list[str]:
    """Everything listed that is neither soft tissue nor uncertain, counted."""
    seen = Counter(lesion.category for lesion in analysis.lesions)
    others = [c for c in Category if seen[c] and c not in (Category.SOFT_TISSUE, Category.UNCERTAIN)]
    if not others:
        return []
    words = enumeration([count_category(seen[category], category) for category in others])
    return [sentence(f"{words} {'was' if sum(seen[c] for c in others) == 1 else 'were'} also seen")]


def _uncertain(uncertain: tuple[Lesion, ...]) -> list[str]:
    if not uncertain:
        return []
    sizes = [lesion.extent.volume_mm3.value for lesion in uncertain]
    words = count_category(len(uncertain), Category.UNCERTAIN)
    if len(uncertain) == 1:
        return [sentence(f"{words} ({volume(sizes[0])}) should be looked at: lesion {uncertain[0].id}")]
    low, high = volume(min(sizes)), volume(max(sizes))
    size = f"{low} each" if low == high else f"{low} to {high}"
    which = lesion_numbers([lesion.id for lesion in uncertain])
    return [sentence(f"{words} ({size}) should be looked at: {which}")]


def _over(analysis: CTAnalysis) -> str:
    limit = analysis.search.detection_limit_mm3
    return "" if limit is None else f" over {volume(limit)}"


def _where(analysis: CTAnalysis) -> str:
    regions = analysis.search.regions
    place = f"the {enumeration([term(region) for region in regions])}" if regions else "the part of the body shown"
    return f"{place} (threshold {hounsfield(analysis.search.threshold_hu)})"


def _axes(lesion: Lesion) -> str:
    axes = lesion.extent.axes
    return product(axes.long_axis_mm.value, axes.short_axis_mm.value)


def _in_pieces(lesion: Lesion) -> str:
    return f" in {count(lesion.deposit.parts, 'fragment')}" if lesion.deposit.parts > 1 else ""


def _away(lesion: Lesion, analysis: CTAnalysis) -> str:
    return "" if lesion.place.distance_mm is None else f", {_from_bone(lesion, analysis)}"


def _from_bone(lesion: Lesion, analysis: CTAnalysis) -> str:
    bone, distance_mm = _bone_words(lesion, analysis), lesion.place.distance_mm or 0.0
    return f"{length(distance_mm)} from {bone}" if distance_mm > 0 else f"touching {bone}"


def _bone_words(lesion: Lesion, analysis: CTAnalysis) -> str:
    place = lesion.place
    if place.bone:
        side = f"{place.side} " if place.side in ("left", "right") else ""
        part = f"the {term(place.part)} of " if place.part else ""
        return f"{part}the {side}{term(place.bone)}"
    if place.bone_id is None:
        return "the nearest bone"
    several = len(analysis.anatomy.skeleton.bones) > 1
    return f"the nearest bone (piece {place.bone_id} of the skeleton)" if several else "the nearest bone"
