"""The studies of an output folder, and what is known of patient, blood, treatment, course and differential."""

from __future__ import annotations

import re
from dataclasses import dataclass

from calcimeter.model.caveat import TEXTS
from calcimeter.model.written import WrittenResult
from calcimeter.report.writeup.ct import ct_sentences, ct_title
from calcimeter.report.writeup.facts import Fact, facts_of
from calcimeter.report.writeup.place import site_words
from calcimeter.report.writeup.planar import (
    radiograph_sentences,
    radiograph_title,
    scintigraphy_sentences,
    scintigraphy_title,
)
from calcimeter.report.writeup.words import Words, counted, digits, listed, say, show, term, together, without_advice

KINDS = {"ct": "CT", "radiograph": "Radiograph", "scintigraphy": "Parathyroid scintigraphy"}
TELLS = {"CT": ct_sentences, "NM": scintigraphy_sentences}
TITLES = {"CT": ct_title, "NM": scintigraphy_title}

POINTER = re.compile(r"[;.] the [^;.]+ (?:says why|are listed in the provenance)(?=\.)", re.IGNORECASE)
"""The half of a caveat that sends to what stands beside it in a report: "; the list of series says why"."""


@dataclass(frozen=True, slots=True)
class Study:
    """One study: its row in the case, None where there is no case, and its own document, None where it was refused."""

    entry: Fact | None
    document: Fact | None

    @property
    def modality(self) -> str:
        """CT, NM, CR or DX; "" of a refused study."""
        return "" if self.document is None else str(self.document["study"]["modality"].value)

    @property
    def named(self) -> Words | None:
        """Kind, region, number and day; None without a case."""
        if self.entry is None:
            return None
        kind = show(self.entry["kind"], KINDS.get(str(self.entry["kind"].value), "An image"))
        region, number = term(self.entry["region"]), digits(self.entry["id"])
        what = say("{kind} of the {region}", kind=kind, region=region) or kind
        day = digits(self.entry["day"])
        return say("{what} (study {number}, day {day})", what=what, number=number, day=day) or say(
            "{what} (study {number}, without a date)", what=what, number=number
        )


@dataclass(frozen=True, slots=True)
class Material:
    """Everything that a draft is made from."""

    main: Fact
    studies: tuple[Study, ...]

    @property
    def is_case(self) -> bool:
        """Whether it is a whole case, not one study."""
        return self.main.file == "case.json"


def material_of(written: WrittenResult) -> Material:
    """The fields of an output folder."""
    main = facts_of(written)
    if main.file != "case.json":
        return Material(main, (Study(None, main),))
    studies = []
    for entry in main["studies"].items():
        name = f"{entry['folder'].value}/analysis.json"
        studies.append(Study(entry, facts_of(written, name) if name in written.documents else None))
    return Material(main, tuple(studies))


def study_sentences(study: Study) -> list[Words]:
    """What a study shows; of a refused one why there is nothing to tell."""
    if study.document is None:
        assert study.entry is not None
        reason = say(
            "{study} could not be measured: {reason}", study=study.named, reason=without_advice(study.entry["reason"])
        )
        return _known([reason])
    return _known(TELLS.get(study.modality, radiograph_sentences)(study.document, study.named))


def title_words(material: Material) -> Words:
    """A title from what was found; the author will find a better one."""
    words = _title(material)
    return Words(words.text[:1].upper() + words.text[1:], words.shown)


def _title(material: Material) -> Words:
    fallback = show(material.main["schema"], "A case")
    if not material.is_case:
        document = material.studies[0].document
        assert document is not None
        return TITLES.get(material.studies[0].modality, radiograph_title)(document) or fallback
    main = material.main
    sites = listed(list({w.text: w for one in main["deposits"].items() if (w := site_words(one))}.values()))
    diagnosis = term(main["stated"]["diagnosis"])
    deposits = counted(main["deposits"], "calcified deposit")
    return (
        say("{diagnosis} at {sites}", diagnosis=diagnosis, sites=sites)
        or say("{deposits} at {sites}", deposits=deposits, sites=sites)
        or diagnosis
        or say("A case with {deposits}", deposits=deposits)
        or fallback
    )


def caveat_sentences(material: Material) -> list[Words]:
    """Every caveat once, in the words of the results, with the studies and deposits that it is of."""
    told: dict[str, tuple[Words, list[Words]]] = {}
    for study in material.studies:
        for one in [] if study.document is None else study.document["caveats"].items():
            text = _caveat(one["text"])
            if text is not None and _bears(one, study):
                told.setdefault(text.text, (text, []))[1].extend(_of(one, study))
        for text, where in _of_deposits(study):
            told.setdefault(text.text, (text, []))[1].append(where)
    for words in _of_the_case(material):
        told.setdefault(words.text, (words, []))
    return [say("{where}: {text}", where=listed(_narrow(of)), text=words) or words for words, of in told.values()]


def _narrow(where: list[Words]) -> list[Words]:
    """Without a study of which a deposit is named as well."""
    narrower = [one.text.partition(",")[0] for one in where if "," in one.text]
    return [one for one in where if one.text not in narrower]


def _of_the_case(material: Material) -> list[Words]:
    """Those of a case as a whole."""
    if not material.is_case:
        return []
    return _known([_caveat(one["text"]) for one in material.main["caveats"].items()])


def _caveat(text: Fact) -> Words | None:
    """A caveat without what sends to a list of the report: a draft has none of them beside it."""
    words = term(text)
    return None if words is None else show(text, POINTER.sub("", words.text))


def _bears(caveat: Fact, study: Study) -> bool:
    """Not those of what is no deposit, such as cartilage."""
    assert study.document is not None
    code = caveat["code"].value
    of_lesions = [one for one in study.document["lesions"].items() if code in (one["caveats"].value or ())]
    return code != "DIFFERENTIAL_OF_THE_CASE" and (not of_lesions or any(map(_is_told, of_lesions)))


def _is_told(lesion: Fact) -> bool:
    return lesion["category"].value in ("soft_tissue", "uncertain")


def _of(caveat: Fact, study: Study) -> list[Words]:
    """The study, with the deposits that a caveat is of."""
    assert study.document is not None
    code = caveat["code"].value
    lesions = [
        words
        for one in study.document["lesions"].items()
        if _is_told(one) and code in (one["caveats"].value or ()) and (words := digits(one["id"]))
    ]
    words = together(
        [_number(study), say("lesion {ids}" if len(lesions) == 1 else "lesions {ids}", ids=listed(lesions))]
    )
    return [] if words is None else [words]


def _of_deposits(study: Study) -> list[tuple[Words, Words]]:
    """Those of a radiograph stand at its deposits alone, as codes: each in words, and where it holds."""
    told = []
    for one in [] if study.document is None else study.document["deposits"].items():
        deposit = together([_number(study), say("deposit {id}", id=digits(one["id"]))])
        codes = (code for code in one["caveats"].items() if code.value in TEXTS)
        told += [(show(code, POINTER.sub("", TEXTS[code.value])), deposit) for code in codes if deposit is not None]
    return told


def _number(study: Study) -> Words | None:
    return None if study.entry is None else say("study {number}", number=digits(study.entry["id"]))


def _known(sentences: list[Words | None]) -> list[Words]:
    return [words for words in sentences if words is not None]
