"""Which studies are of one region: what images show stands before what a case file calls it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from calcimeter.model.case_result import CaseStudy

Near = Sequence[frozenset[str]]
"""Sites that may name one place."""


def region_contradicted(study: CaseStudy, near: Near) -> str:
    """What a case file calls the region of a CT, where its images show nothing near it, in words.

    Returns
    -------
    str
        "" where they agree, where the file names none or one that bones can't show (kidney, skin), where no bone in
        view has a name, and of other kinds of images, whose region is not measured.
    """
    named = study.region
    if study.kind != "ct" or named is None or not study.regions or not any(named in row for row in near):
        return ""
    if any(_may_be_one(named, shown, near) for shown in study.regions):
        return ""
    shown = " and ".join(study.regions).replace("_", " ")
    return f"study {study.id}: the case file says {named.replace('_', ' ')}, its images show {shown}"


def last_of_region(study: CaseStudy, before: Iterable[CaseStudy], near: Near) -> CaseStudy | None:
    """The last of some earlier studies that can be compared with a study; None where none can.

    One of the same name in the case file comes first. Otherwise both have to show a common region, and names, where
    the file gives both, have to be of neighbors.
    """
    found = list(before)
    named = [one for one in found if one.region is not None and one.region == study.region]
    return next(reversed(named or [one for one in found if _show_common(one, study, near)]), None)


def _show_common(one: CaseStudy, other: CaseStudy, near: Near) -> bool:
    if one.region is not None and other.region is not None and not _may_be_one(one.region, other.region, near):
        return False
    return bool(set(one.regions) & set(other.regions)) or one.region in other.regions or other.region in one.regions


def _may_be_one(one: str, other: str, near: Near) -> bool:
    return one == other or any({one, other} <= row for row in near)
