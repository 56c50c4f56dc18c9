"""What was found, in words: the headline, the sentences below it, and what to keep in mind."""

from __future__ import annotations

from collections import Counter

from calcimeter.model.analysis import CTAnalysis
from calcimeter.model.caveat import OF_THIS_VERSION, TEXTS
from calcimeter.model.lesion import Category, Lesion
from calcimeter.report.categories import count_category
from calcimeter.report.record import all_caveats
from calcimeter.report.whereabouts import place_sentence
from calcimeter.report.wording import (
    NBSP,
    count,
    enumeration,
    hounsfield,
    length,
    lesion_numbers,
    product,
    rejected_words,
    sentence,
    term,
    volume,
)

NOTHING_SEARCHED = "Nothing was searched: outlines were given"

_FIRM = 0.7
_MOST_KEPT_IN_MIND = 3
_WEIGHTIEST = (
    "FILES_UNREADABLE",
    "PREFERRED_SERIES_REFUSED",
    "SLICES_APART",
    "MONOENERGETIC",
    "CONE_BEAM",
    "HU_RANGE_CLIPPED",
    "OUTLINE_IN_BONE",
    "LESIONS_OVERLAP",
    "TOUCHES_BORDER",
    "GIVEN_OUTLINE",
    "ENVELOPE_OPEN",
    "CUT_FROM_BONE",
    "LESION_TOUCHES_BONE",
    "CONTRAST_PRESENT",
    "METAL_PRESENT",
    "NOISY",
    "NO_SKELETON",
    "KVP_UNKNOWN",
    "FIELD_OF_VIEW_CROPPED",
    "SLICES_THICK",
    "FUSED_TO_BONE_NOT_EXAMINED",
)
"""What a reader must keep in mind, in this order."""


def headline(analysis: CTAnalysis) -> str:
    """The result in one line; where nothing was found, always over what size, and never "none" beside a doubt."""
    soft = analysis.of_category(Category.SOFT_TISSUE)
    uncertain = analysis.of_category(Category.UNCERTAIN)
    if not soft and uncertain:
        told = f"No definite soft-tissue calcification{_over(analysis)}; {_doubt(uncertain)} to look at"
        return "; ".join([told, *_rejected(analysis)])
    if not soft:
        none = f"None{_over(analysis)} in {_where(analysis)} (threshold {hounsfield(analysis.search.threshold_hu)})"
        told = none if analysis.search.examined_mm3 else NOTHING_SEARCHED
        return "; ".join([told, *_rejected(analysis)])
    found = sentence(count_category(len(soft), Category.SOFT_TISSUE)).rstrip(".")
    total = volume(sum(lesion.amount.volume_mm3.value for lesion in soft))
    if len(soft) == 1:
        return f"{found}, {_axes(soft[0])}, {_craniocaudal(soft[0])}, {total}{in_fragments(soft[0])}"
    return f"{found}, {total} together"


def findings(analysis: CTAnalysis) -> list[str]:
    """The paragraph below the headline, sentence by sentence."""
    soft = analysis.of_category(Category.SOFT_TISSUE)
    told = _found(soft, analysis) if soft else _none_found(analysis)
    return [*told, *_also_seen(analysis), *_uncertain(analysis.of_category(Category.UNCERTAIN))]


def keep_in_mind(analysis: CTAnalysis) -> list[str]:
    """The caveats that matter most, as sentences; those of lesions are of soft tissue alone and name it."""
    soft = _by_code(analysis.of_category(Category.SOFT_TISSUE))
    of_lesions = _by_code((*analysis.lesions, *analysis.set_aside))
    scan = {caveat.code for caveat in all_caveats(analysis)} - of_lesions.keys()
    told = [_naming(code, soft.get(code, [])) for code in _WEIGHTIEST if code in soft or code in scan]
    return told[:_MOST_KEPT_IN_MIND]


def shell_lines(analysis: CTAnalysis) -> list[str]:
    """What a shell prints: the headline, what else was seen, what is uncertain, and what to keep in mind."""
    uncertain = _uncertain(analysis.of_category(Category.UNCERTAIN))
    return [headline(analysis), *_also_seen(analysis), *uncertain, *keep_in_mind(analysis)]


def in_fragments(lesion: Lesion) -> str:
    """To be put after a size: of how many fragments it is; nothing of one piece."""
    return f" in {count(lesion.deposit.parts, 'fragment')}" if lesion.deposit.parts > 1 else ""


def caveat_sentences(codes: tuple[str, ...]) -> list[str]:
    """The sentences of a lesion's caveat codes."""
    return [TEXTS[code] for code in sorted(set(codes))]


def caveats_met(analysis: CTAnalysis) -> list[str]:
    """The caveats that this scan gave rise to, the weightiest first, with the listed lesions that they are of."""
    listed, of_lesions = _by_code(analysis.lesions), _by_code((*analysis.lesions, *analysis.set_aside))
    codes = {caveat.code for caveat in all_caveats(analysis)} - set(OF_THIS_VERSION)
    rank = {code: k for k, code in enumerate(_WEIGHTIEST)}
    told = sorted(codes - (of_lesions.keys() - listed.keys()), key=lambda code: (rank.get(code, len(rank)), code))
    return [_naming(code, listed.get(code, [])) for code in told]


def caveats_of_this_version(analysis: CTAnalysis) -> list[str]:
    """The caveats that hold for every scan, by code."""
    codes = {caveat.code for caveat in all_caveats(analysis)}
    return [TEXTS[code] for code in OF_THIS_VERSION if code in codes]


def _by_code(lesions: tuple[Lesion, ...]) -> dict[str, list[int]]:
    """Caveat code -> the lesions that have it."""
    by_code: dict[str, list[int]] = {}
    for lesion in lesions:
        for code in sorted({*lesion.caveats, *lesion.deposit.caveats}):
            by_code.setdefault(code, []).append(lesion.id)
    return by_code


def _naming(code: str, ids: list[int]) -> str:
    """The sentence of a caveat, with the lesions that it is of, if any."""
    return sentence(f"{TEXTS[code].rstrip('.')} ({lesion_numbers(ids)})") if ids else TEXTS[code]


def _found(soft: tuple[Lesion, ...], analysis: CTAnalysis) -> list[str]:
    largest = soft[0]
    told = [f"Its dense voxels have a mean of {hounsfield(largest.density.mean_hu)}."]
    if largest.place.distance_mm is not None:
        where = place_sentence(largest, analysis)
        told.insert(0, f"It lies {where[0].lower()}{where[1:]}")
    if len(soft) > 1:
        size = f"{_axes(largest)} in one slice and {_craniocaudal(largest)}{in_fragments(largest)}"
        told.insert(0, f"The largest, lesion {largest.id}, measures {size}.")
    shaky = [lesion.id for lesion in soft if lesion.deposit.confidence < _FIRM]
    if shaky:
        told.append(sentence(f"not firm (confidence below {_FIRM}) is the category of {lesion_numbers(shaky)}"))
    return told


def _none_found(analysis: CTAnalysis) -> list[str]:
    search, decided = analysis.search, [sentence(words) for words in _rejected(analysis)]
    if not search.examined_mm3:
        return [sentence(NOTHING_SEARCHED), *decided]
    threshold = f"a threshold of {hounsfield(search.threshold_hu)}"
    limit = search.detection_limit_mm3
    smaller = (
        "How small a deposit would be found is not known."
        if limit is None
        else f"Deposits smaller than {volume(limit)} may be there unseen."
    )
    return [
        f"Searched was {_where(analysis)}: {volume(search.examined_mm3)} at {threshold}.",
        smaller,
        *decided,
    ]


def _rejected(analysis: CTAnalysis) -> list[str]:
    """That a reader decided so, where nothing else would tell that something was there."""
    return [rejected_words(analysis.taken_out)] if analysis.taken_out else []


def _also_seen(analysis: CTAnalysis) -> list[str]:
    """Everything listed that is neither soft tissue nor uncertain, counted."""
    seen = Counter(lesion.category for lesion in analysis.lesions)
    others = [c for c in Category if seen[c] and c not in (Category.SOFT_TISSUE, Category.UNCERTAIN)]
    if not others:
        return []
    words = enumeration([count_category(seen[category], category) for category in others])
    return [sentence(f"{words} {'was' if sum(seen[c] for c in others) == 1 else 'were'} also seen")]


def _uncertain(uncertain: tuple[Lesion, ...]) -> list[str]:
    drawn = [lesion.id for lesion in uncertain if _is_empty_outline(lesion)]
    if drawn:
        told = f"nothing dense lies in {count(len(drawn), 'given outline')}, to be looked at: {lesion_numbers(drawn)}"
        return [sentence(told), *_uncertain(tuple(x for x in uncertain if not _is_empty_outline(x)))]
    if not uncertain:
        return []
    sizes = [lesion.amount.volume_mm3.value for lesion in uncertain]
    words = count_category(len(uncertain), Category.UNCERTAIN)
    if len(uncertain) == 1:
        return [sentence(f"{words} ({volume(sizes[0])}) should be looked at: lesion {uncertain[0].id}")]
    low, high = volume(min(sizes)), volume(max(sizes))
    size = f"{low} each" if low == high else f"{low} to {high}"
    which = lesion_numbers([lesion.id for lesion in uncertain])
    return [sentence(f"{words} ({size}) should be looked at: {which}")]


def _is_empty_outline(lesion: Lesion) -> bool:
    """Whether it was drawn where nothing is dense: no focus that was seen."""
    return "OUTLINE_NOT_DENSE" in lesion.deposit.caveats


def _doubt(uncertain: tuple[Lesion, ...]) -> str:
    """The uncertain ones, counted."""
    drawn = sum(_is_empty_outline(lesion) for lesion in uncertain)
    seen = len(uncertain) - drawn
    outlines = f"{count(drawn, 'given outline')} with nothing dense inside"
    return " and ".join([*([count(seen, "uncertain focus")] if seen else []), *([outlines] if drawn else [])])


def _over(analysis: CTAnalysis) -> str:
    limit = analysis.search.detection_limit_mm3
    return "" if limit is None else f" over {volume(limit)}"


def _where(analysis: CTAnalysis) -> str:
    regions = analysis.search.regions
    return f"the {enumeration([term(region) for region in regions])}" if regions else "the part of the body shown"


def _axes(lesion: Lesion) -> str:
    axes = lesion.extent.axes
    return product(axes.long_axis_mm.value, axes.short_axis_mm.value).replace(" ", NBSP)


def _craniocaudal(lesion: Lesion) -> str:
    return f"{length(lesion.extent.craniocaudal_mm)} craniocaudal"
