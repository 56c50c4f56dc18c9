"""What a CT study says of the signs that diagnoses rest on: lesions and caveats -> findings."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from itertools import combinations
from math import dist, pi, sqrt

from calcimeter.model.case import Case, StatedLesion, size_as_told_cm
from calcimeter.model.finding import Finding
from calcimeter.model.lesion import Category, Lesion

ABOUT_ITS_SIZE = 1.0
"""A deposit counts as periarticular when the joint is no farther from its surface than it is long: it then lies around
the joint as a reader sees it, whatever its size. Nearer than ``BESIDE_MM`` it always does."""
BESIDE_MM = 25.0

HIDING = {"CONTRAST_PRESENT": "contrast medium may hide one", "METAL_PRESENT": "metal may hide one"}

BROAD_BASE = 1 / 2
"""A deposit counts as attached to cortex when its contact with bone is at least this share of its length across, as a
circle. Chosen: a mass pressed against bone, as beside a joint, is wider by far than what it touches."""
APART_MM = 50.0
"""Deposits with less between their ends are one place: a mass and its satellites. Chosen."""
PELVIC = ("pelvis",)
"""Sites where stones of veins are common in healthy people."""

PATTERN_SIGNS = {
    "amorphous": (("amorphous",), ("rim", "trabecular", "sheet", "linear")),
    "sheet_like": (("sheet",), ("homogeneous", "rim", "central", "layered", "amorphous", "trabecular", "punctate")),
    "peripheral_rim_mineralization": (("rim",), ("homogeneous", "central", "amorphous", "punctate", "sheet", "linear")),
    "central_mineralization": (("central",), ("homogeneous", "rim", "layered", "punctate", "sheet", "linear")),
    "ossification": (("trabecular",), ("layered", "amorphous", "punctate", "sheet", "linear")),
}
"""Finding -> patterns that show it, and patterns that exclude it. With the others it is not known: a rim may be of bone
or of calcium, and a layered deposit is amorphous to a reader."""

Test = Callable[[Lesion], bool | None]


def ct_findings(
    lesions: tuple[Lesion, ...], codes: frozenset[str], limit_mm3: float | None, rejected: int = 0
) -> tuple[Finding, ...]:
    """Statements that a diagnosis can rest on; false only where this study could have shown it.

    Parameters
    ----------
    lesions : tuple of Lesion
        Listed lesions of one study.
    codes : frozenset of str
        Caveats of the study.
    limit_mm3 : float or None
        The detection limit of the search.
    rejected : int
        How many foci a reader took out.

    Returns
    -------
    tuple of Finding
        Signs that CT never shows by what is measured here (erosion, marrow, masses without mineral) are left out: they
        are not known.
    """
    soft = _of(lesions, Category.SOFT_TISSUE)
    signs = {
        "periarticular": ("beside a joint, or around it", _periarticular),
        "intramuscular": ("inside a muscle", _in_compartment("intramuscular")),
        "subcutaneous": ("under the skin", _in_compartment("subcutaneous", "skin")),
        "extensor_side": ("on the extensor side of its joint", lambda lesion: lesion.place.extensor_side),
        "multilobulated": ("with two or more parts, separate or set off by necks", _lobed),
        "fluid_calcium_level": ("with calcium that has settled level under gravity", _layered),
        "cortical_attachment": ("on bone with a broad base", _attached),
        **{name: (f"of the pattern {shown[0]}", _patterned(shown, no)) for name, (shown, no) in PATTERN_SIGNS.items()},
    }
    return (
        _mineralized(lesions, codes, limit_mm3, rejected),
        _multifocal(soft),
        _bilateral(soft),
        _by_category("vascular_calcification", lesions, Category.VASCULAR, codes),
        _of_the_mass("intra_articular", lesions, Category.JOINT, codes),
        _of_the_mass("phleboliths", lesions, Category.PHLEBOLITH, codes),
        *(_of_deposits(name, words, soft, test) for name, (words, test) in signs.items()),
    )


def with_lesions(case: Case, lesions: tuple[Lesion, ...]) -> Case:
    """The case with the measured deposits of soft tissue and joints beside those that a reader described."""
    own = [x for x in lesions if x.category in (Category.SOFT_TISSUE, Category.JOINT)]
    return replace(case, lesions=(*case.lesions, *(_stated(lesion) for lesion in own)))


def _stated(lesion: Lesion) -> StatedLesion:
    """Place and size, as a reader would write them down."""
    place, extent = lesion.place, lesion.extent
    transverse_mm = (extent.axes.long_axis_mm.value, extent.axes.short_axis_mm.value)
    long_cm, short_cm = size_as_told_cm(transverse_mm, extent.projected_coronal_mm)
    return StatedLesion(
        site=place.site,
        side=place.side,
        bone=place.bone,
        part=place.part,
        long_axis_cm=long_cm,
        short_axis_cm=short_cm,
        modality="CT",
    )


def _of_deposits(name: str, words: str, soft: tuple[Lesion, ...], test: Test) -> Finding:
    """A sign of soft-tissue deposits: one that shows it is enough; absent where none of several known ones does."""
    if not soft:
        return Finding(name, present=None, because="no soft-tissue deposit to tell it of")
    answers = [(lesion.id, test(lesion)) for lesion in soft]
    showing = [number for number, answer in answers if answer]
    if showing:
        return Finding(name, present=True, because=f"{_numbered(showing)} {words}")
    unknown = [number for number, answer in answers if answer is None]
    if unknown:
        return Finding(name, present=None, because=f"not known of {_numbered(unknown)}")
    return Finding(name, present=False, because=f"no deposit {words}")


def _periarticular(lesion: Lesion) -> bool | None:
    """Whether a joint is as near as the deposit is long; None where no joint is in view."""
    away = lesion.place.joint_distance_mm
    if away is None:
        return None
    return away <= max(BESIDE_MM, ABOUT_ITS_SIZE * lesion.extent.axes.long_axis_mm.value)


def _in_compartment(*names: str) -> Test:
    def test(lesion: Lesion) -> bool | None:
        compartment = lesion.place.compartment
        return None if compartment is None else compartment in names

    return test


def _lobed(lesion: Lesion) -> bool | None:
    lobes = lesion.shape.lobes
    return None if lobes is None else lobes > 1


def _layered(lesion: Lesion) -> bool | None:
    return {"present": True, "absent": False}.get(lesion.fluid_level.state)


def _attached(lesion: Lesion) -> bool | None:
    """Whether it sits on bone with a broad base; what touches bone at a spot may lie beside it or grow from it."""
    contact = lesion.place.contact_mm2
    if contact is None:
        return None
    if contact == 0:
        return None if "CUT_FROM_BONE" in lesion.deposit.caveats else False
    across_mm = 2 * sqrt(contact / pi)
    return True if across_mm >= BROAD_BASE * lesion.extent.axes.long_axis_mm.value else None


def _patterned(shown: tuple[str, ...], excluded: tuple[str, ...]) -> Test:
    def test(lesion: Lesion) -> bool | None:
        name = lesion.pattern.name
        return True if name in shown else False if name in excluded else None

    return test


def _by_category(name: str, lesions: tuple[Lesion, ...], category: Category, codes: frozenset[str]) -> Finding:
    """Present where lesions of the category are listed; absent where nothing could hide one or be one."""
    found = _of(lesions, category)
    if found:
        return Finding(name, present=True, because=_numbered([lesion.id for lesion in found]))
    questions = _open_questions(lesions, codes)
    if questions:
        return Finding(name, present=None, because=f"none found, but {', '.join(questions)}")
    return Finding(
        name, present=None if category is Category.JOINT else False, because="none found in what was searched"
    )


def _of_the_mass(name: str, lesions: tuple[Lesion, ...], category: Category, codes: frozenset[str]) -> Finding:
    """A sign of the deposit that is to be explained: one elsewhere, beside a larger deposit, says nothing of it."""
    found = _of(lesions, category)
    own = [x for x in found if category is Category.JOINT or x.place.site not in PELVIC]
    if found and not own:
        return Finding(name, present=None, because=f"{_numbered([x.id for x in found])} in the pelvis, as many have")
    soft = _of(lesions, Category.SOFT_TISSUE)
    if found and soft:
        largest = max(soft, key=lambda lesion: lesion.amount.volume_mm3.value)
        size_mm = largest.extent.axes.long_axis_mm.value
        near = [x.id for x in own if dist(x.extent.centroid_mm, largest.extent.centroid_mm) <= size_mm]
        if not near or category is Category.JOINT:
            because = f"{_numbered([x.id for x in found])} may have nothing to do with lesion {largest.id}"
            return Finding(name, present=None, because=because)
        return Finding(name, present=True, because=f"{_numbered(near)} beside lesion {largest.id}")
    return _by_category(name, lesions, category, codes)


def _multifocal(soft: tuple[Lesion, ...]) -> Finding:
    """One study can show several deposits; it never shows that there are none elsewhere."""
    if any(_are_apart(one, other) for one, other in combinations(soft, 2)):
        return Finding("multifocal", present=True, because=f"{_found(soft)}, not all in one place")
    beside = f"{_found(soft)} beside one another, and " if len(soft) > 1 else ""
    return Finding("multifocal", present=None, because=f"{beside}one study can't exclude deposits elsewhere")


def _are_apart(one: Lesion, other: Lesion) -> bool:
    """Whether two deposits lie in different places: on opposite sides, or with much between them."""
    if {one.place.side, other.place.side} == {"left", "right"}:
        return True
    lengths_mm = one.extent.axes.long_axis_mm.value + other.extent.axes.long_axis_mm.value
    return dist(one.extent.centroid_mm, other.extent.centroid_mm) - lengths_mm / 2 > APART_MM


def _bilateral(soft: tuple[Lesion, ...]) -> Finding:
    """Deposits beside the same bone, or at the same site, of both sides."""
    sides: dict[str, set[str]] = {}
    for lesion in soft:
        for where in {lesion.place.bone, lesion.place.site} - {None}:
            sides.setdefault(str(where), set()).add(str(lesion.place.side))
    both = sorted(where for where, seen in sides.items() if {"left", "right"} <= seen)
    if both:
        return Finding("bilateral", present=True, because=f"on both sides at the {both[0].replace('_', ' ')}")
    return Finding("bilateral", present=None, because="one study can't exclude deposits on the other side")


def _mineralized(lesions: tuple[Lesion, ...], codes: frozenset[str], limit_mm3: float | None, rejected: int) -> Finding:
    """What it means that no soft-tissue deposit was found: nothing, where one may be listed as uncertain or hidden.

    Bone and what is fused to it are never searched; ``search.not_examined`` says so, and that is no open question.
    """
    soft = _of(lesions, Category.SOFT_TISSUE)
    if soft:
        return Finding("mineralized", present=True, because=_found(soft))
    questions = _open_questions(lesions, codes)
    if limit_mm3 is None:
        questions.append("how small a deposit would be found is not known")
    if limit_mm3 is None or questions:
        return Finding("mineralized", present=None, because=f"no soft-tissue deposit found, but {', '.join(questions)}")
    decided = f"; a reader rejected {rejected} {'focus' if rejected == 1 else 'foci'}" if rejected else ""
    because = f"none over {limit_mm3:.1f} mm3 in what was searched{decided}"
    return Finding("mineralized", present=False, because=because)


def _open_questions(lesions: tuple[Lesion, ...], codes: frozenset[str]) -> list[str]:
    listed = _of(lesions, Category.UNCERTAIN)
    outlines = sum("OUTLINE_NOT_DENSE" in lesion.deposit.caveats for lesion in listed)
    foci = len(listed) - outlines
    said = [f"{foci} uncertain {'focus' if foci == 1 else 'foci'} may be one"] if foci else []
    drawn = [f"{outlines} given outline{'' if outlines == 1 else 's'} with nothing dense inside"] if outlines else []
    return [*said, *drawn, *(words for code, words in HIDING.items() if code in codes)]


def _of(lesions: Iterable[Lesion], category: Category) -> tuple[Lesion, ...]:
    return tuple(lesion for lesion in lesions if lesion.category is category)


def _found(soft: tuple[Lesion, ...]) -> str:
    return f"{len(soft)} soft-tissue deposit{'s' if len(soft) != 1 else ''} found"


def _numbered(numbers: list[int]) -> str:
    """Lesions by number, the first three."""
    shown = ", ".join(str(number) for number in numbers[:3])
    more = f" and {len(numbers) - 3} more" if len(numbers) > 3 else ""
    return f"lesion{'s' if len(numbers) > 1 else ''} {shown}{more}"
