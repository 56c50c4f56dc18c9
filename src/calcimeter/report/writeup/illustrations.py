"""The pictures of the results that go with a draft, and what they show."""

from __future__ import annotations

from pathlib import Path

from calcimeter.report.writeup.ct import deposits_of, widest_level
from calcimeter.report.writeup.draft import Illustration
from calcimeter.report.writeup.facts import Fact
from calcimeter.report.writeup.material import Material, Study
from calcimeter.report.writeup.words import Words, counted, density, digits, millimeters, say, sentence, show, term

SHOWN_DEPOSITS = 2
"""Of a study, the largest first."""

Pictured = tuple[str, Words | None]


def illustrate(material: Material, folder: Path) -> tuple[Illustration, ...]:
    """Figures of every study that are there, numbered through."""
    found: list[Illustration] = []
    for study in material.studies:
        if study.document is None or _may_show_a_name(study.document):
            continue
        inside = "" if study.entry is None else f"{study.entry['folder'].value}/"
        for name, caption in _pictures(study, study.document):
            source = f"{inside}figures/{name}.png"
            if caption is not None and (folder / source).is_file():
                found.append(Illustration(f"figure-{len(found) + 1}.png", source, sentence(caption)))
    for name, caption in _follow_ups(material.main):
        if caption is not None and (folder / f"figures/{name}.png").is_file():
            found.append(Illustration(f"figure-{len(found) + 1}.png", f"figures/{name}.png", sentence(caption)))
    return tuple(found)


def _follow_ups(main: Fact) -> list[Pictured]:
    """Of a case: a deposit in two studies side by side."""
    from calcimeter.report.case.figures import follow_up_name

    studies = {one["id"].value: one for one in main["studies"].items()}
    pictures: list[Pictured] = []
    for one in main["comparisons"].items():
        earlier, later = (studies.get(one[end].value, one[end]) for end in ("earlier", "later"))
        words = say(
            "The same plane of study {earlier} (left) and study {later} (right), {days} days apart: {response}",
            earlier=digits(earlier["id"]),
            later=digits(later["id"]),
            days=digits(one["interval_days"]),
            response=term(one["response"]),
        )
        pictures.append((follow_up_name(one["earlier"].value, one["later"].value), words))
    return pictures


def _pictures(study: Study, document: Fact) -> list[Pictured]:
    if study.modality == "CT":
        return _of_ct(document, study.named or show(document["study"]["modality"], "CT"))
    if study.modality == "NM":
        return _of_scintigraphy(document, study.named or show(document["study"]["modality"], "Scintigraphy"))
    return _of_radiograph(document, study.named or show(document["study"]["modality"], "Radiograph"))


def _may_show_a_name(document: Fact) -> bool:
    return any(one["code"].value == "ANNOTATIONS_BURNED_IN" for one in document["caveats"].items())


def _of_ct(document: Fact, named: Words) -> list[Pictured]:
    """The scan from the front, then each large deposit: slice, level, reformat."""
    pictures: list[Pictured] = [("coronal", _whole(document, named))]
    for one in deposits_of(document)[:SHOWN_DEPOSITS]:
        name, deposit = f"lesion-{one['id'].value:03d}", say("deposit {id}", id=digits(one["id"]))
        axes = millimeters(one["long_axis_mm"], one["short_axis_mm"])
        slice_words = say(
            "{named}: transverse slice through {deposit} with its outline, long and short axis ({axes})",
            named=named,
            deposit=deposit,
            axes=axes,
        )
        pictures.append((f"{name}-axial", slice_words))
        pictures += [
            (f"{name}-{plane}", say(f"{{named}}: {plane} reformat through {{deposit}}", named=named, deposit=deposit))
            for plane in ("coronal", "sagittal")
        ]
        pictures.append((f"{name}-level", _level(one, named, deposit)))
    return pictures


def _whole(document: Fact, named: Words) -> Words | None:
    if not document["lesions"].value:
        return say("{named}: projection from the front", named=named)
    listed = counted(document["lesions"], "object")
    return say("{named}: projection from the front, {listed} tinted", named=named, listed=listed)


def _level(one: Fact, named: Words, deposit: Words | None) -> Words | None:
    widest = widest_level(one["fluid_level"])
    if widest is None:
        return None
    return say(
        "{named}: fluid-calcium level in {deposit}, {above} over {below}",
        named=named,
        deposit=deposit,
        above=density(widest["hu_above"]),
        below=density(widest["hu_below"]),
    )


def _of_scintigraphy(document: Fact, named: Words) -> list[Pictured]:
    foci = counted(document["foci"], "focus")
    return [
        ("early", say("{named}: early image", named=named)),
        ("delayed", say("{named}: delayed image, on the same scale", named=named)),
        (
            "ratio",
            say("{named}: what is left of the tracer beyond even washout, {foci} marked", named=named, foci=foci),
        ),
    ]


def _of_radiograph(document: Fact, named: Words) -> list[Pictured]:
    several = document["deposits"].items()
    whole = say("{named}: {count} outlined", named=named, count=counted(document["deposits"], "deposit"))
    if not several:
        whole = say("{named}: the whole image", named=named)
    close = [
        (f"deposit-{one['id'].value}", say("{named}: deposit {id} with its axes", named=named, id=digits(one["id"])))
        for one in several[:SHOWN_DEPOSITS]
    ]
    return [("radiograph", whole), *close]
