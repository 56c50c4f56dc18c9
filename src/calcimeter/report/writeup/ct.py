"""What a CT shows, in sentences."""

from __future__ import annotations

from calcimeter.model.lesion import LISTED_ONLY_WITH_ALL
from calcimeter.report.writeup.facts import Fact
from calcimeter.report.writeup.place import place_words, site_words
from calcimeter.report.writeup.words import (
    Words,
    amount,
    counted,
    density,
    digits,
    grams,
    listed,
    millimeters,
    say,
    show,
    term,
    together,
)

DESCRIBED = 3
"""So many deposits of a study are told one by one, the largest first."""
ASIDE = frozenset(category.value for category in LISTED_ONLY_WITH_ALL)


def deposits_of(study: Fact) -> list[Fact]:
    """The soft-tissue deposits of a CT, largest first."""
    return [one for one in study["lesions"].items() if one["category"].value == "soft_tissue"]


def ct_sentences(study: Fact, named: Words | None) -> list[Words | None]:
    """How it was scanned and searched, what was found, and what is uncertain."""
    found = study["burden"]["soft_tissue"]["lesions"]
    scan = named or term(study["study"]["modality"])
    technique = say(
        "{scan} was done at {kvp} kV with slices {step} apart",
        scan=scan,
        kvp=digits(study["study"]["kvp"]),
        step=millimeters(study["study"]["spacing_mm"][0]),
    )
    technique = technique or say(
        "{scan} was done with slices {step} apart", scan=scan, step=millimeters(study["study"]["spacing_mm"][0])
    )
    if found.value:
        first = say("It shows {found}", found=counted(found, "calcification of soft tissue"))
        return [technique, first, *_described(study), *_uncertain(study)]
    return [technique, _none_found(study), *_uncertain(study)]


def ct_title(study: Fact) -> Words | None:
    """Where the deposits are."""
    found = study["burden"]["soft_tissue"]["lesions"]
    several = deposits_of(study)[:DESCRIBED]
    sites = listed(list({words.text: words for one in several if (words := site_words(one["place"]))}.values()))
    if not found.value:
        none, limit = counted(found, "calcification of soft tissue"), amount(study["search"]["detection_limit_mm3"])
        return say("CT with {none} larger than {limit}", none=none, limit=limit)
    noun = counted(found, "calcified deposit")
    return say("{noun} at {sites}", noun=noun, sites=sites) or say("{noun} of soft tissue", noun=noun)


def _none_found(study: Fact) -> Words | None:
    """Never "none" alone."""
    search = study["search"]
    none = counted(study["burden"]["soft_tissue"]["lesions"], "calcification of soft tissue")
    where = listed([words for one in search["regions"].items() if (words := term(one))])
    limit = amount(search["detection_limit_mm3"])
    over = say(" larger than {limit}", limit=limit) or say(
        ", of a size that is {unknown}", unknown=show(search["detection_limit_mm3"], "not known")
    )
    return say(
        "It shows {none}{over} in what was searched{where}, at a threshold of {hu}{rejected}",
        none=none,
        over=over,
        where=say(" ({where})", where=where) or show(search["regions"], ""),
        hu=density(search["threshold_hu"]),
        rejected=_rejected(study["provenance"]["edits"]),
    )


def _rejected(edits: Fact) -> Words:
    """Whether a reader rejected something, or called it what is no calcification of tissue."""
    taken = any(one["action"].value == "reject" or one["category"].value in ASIDE for one in edits.items())
    return show(edits, "; what a reader rejected is left out" if taken else "")


def _described(study: Fact) -> list[Words | None]:
    several = deposits_of(study)
    told: list[Words | None] = []
    for one in several[:DESCRIBED]:
        told += _deposit(one, several)
    return told


def _deposit(one: Fact, among: list[Fact]) -> list[Words | None]:
    """One deposit: place, size, volume, mineral, build, levels."""
    place = place_words(one["place"])
    lies = say("It lies {place}", place=place)
    return [
        lies if len(among) == 1 else say("Deposit {id} lies {place}", id=digits(one["id"]), place=place),
        say(
            "It measures {axes} in a transverse slice and {height} from top to bottom; on the coronal projection"
            " {coronal}",
            axes=millimeters(one["long_axis_mm"], one["short_axis_mm"]),
            height=millimeters(one["extent_mm"]["craniocaudal"]),
            coronal=millimeters(*one["projected_mm"]["coronal"].items()),
        ),
        say("Its volume is {volume}", volume=amount(one["volume_mm3"])),
        _mineral(one),
        _build(one),
        _levels(one["fluid_level"]),
    ]


def _mineral(one: Fact) -> Words | None:
    """Mean density and mass of mineral; where the mass is not known, so it is said."""
    mean = density(one["mean_hu"])
    mass = say("the mass of mineral {mass} of hydroxyapatite", mass=grams(one["mass_mg_ha"]))
    mass = mass or say("the mass of mineral is {unknown}", unknown=show(one["mass_mg_ha"], "not known"))
    return say("The mean density of its dense part is {mean}, {mass}", mean=mean, mass=mass)


def _build(one: Fact) -> Words | None:
    """Whether it is lobed, fragments and pattern; how many lobes a reader sees is not what necks alone part."""
    several = {name: (one[name].value or 0) > 1 for name in ("lobes", "parts")}
    lobed = show(one["lobes"], "lobed") if several["lobes"] else None
    parts = say("in {parts}", parts=counted(one["parts"], "fragment")) if several["parts"] else None
    built = together([lobed, parts])
    pattern = term(one["pattern"])
    if built is None:
        return say("Its pattern is {pattern}", pattern=pattern)
    return say("It is {built}; its pattern is {pattern}", built=built, pattern=pattern) or say(
        "It is {built}", built=built
    )


def _levels(fluid: Fact) -> Words | None:
    """What is there, what is absent, and what can't be told."""
    state = fluid["state"]
    if state.value == "absent":
        return say("It has {none}", none=show(state, "no fluid-calcium level"))
    if state.value != "present":
        return say("Whether it has fluid-calcium levels {unknown}", unknown=show(state, "can't be told"))
    widest = widest_level(fluid)
    count = counted(fluid["levels"], "fluid-calcium level")
    if widest is None:
        return say("It has {present}", present=show(state, "fluid-calcium levels"))
    return say(
        "It has {count}; the widest is {width} across, with {above} above and {below} below",
        count=count,
        width=millimeters(widest["width_mm"]),
        above=density(widest["hu_above"]),
        below=density(widest["hu_below"]),
    )


def widest_level(fluid: Fact) -> Fact | None:
    """The widest fluid-calcium level; None without one."""
    return max(fluid["levels"].items(), key=lambda level: float(level["width_mm"].value), default=None)


def _uncertain(study: Fact) -> list[Words | None]:
    uncertain, vascular = (study["burden"][kind]["lesions"] for kind in ("uncertain", "vascular"))
    rest = max(len(deposits_of(study)) - DESCRIBED, 0)
    return [
        say(
            "The smaller ones of {all} are in its table",
            all=counted(study["burden"]["soft_tissue"]["lesions"], "deposit"),
        )
        if rest
        else None,
        say("Calcification of vessels was counted as {count}", count=counted(vascular, "deposit"))
        if vascular.value
        else None,
        say("{count} could not be told from other things and should be looked at", count=counted(uncertain, "focus"))
        if uncertain.value
        else None,
    ]
