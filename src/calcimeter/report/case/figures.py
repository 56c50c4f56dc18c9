"""The figures of a case, A to F: taken from what the studies wrote, one a deposit and modality, and the follow-up."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from calcimeter.report.case.wording import KINDS, deposit_sentence, focus_words, slice_words, study_headline
from calcimeter.report.comparison_pictures import Pair, draw_pairs
from calcimeter.report.wording import NBSP, enumeration, number, sentence

if TYPE_CHECKING:
    from calcimeter.model.case_result import CaseResult, CaseStudy, StudyPair

LETTERS = "ABCDEF"
MOST_DEPOSITS = 3


@dataclass(frozen=True, slots=True)
class CaseFigure:
    """One figure: its letter, file name without ending, PNG, caption, width and height, and the study that it is of."""

    letter: str
    name: str
    png: bytes
    caption: str
    size_px: tuple[int, int]
    study: int


def collect_figures(result: CaseResult, folder: Path) -> tuple[CaseFigure, ...]:
    """At most six: radiographs first, then the deposits on CT by size, scintigraphies, and what became of the largest.

    Parameters
    ----------
    folder : Path
        Of the case, in which the studies lie.
    """
    chosen = [*_radiographs(result, folder), *_deposits(result, folder), *_scintigraphies(result, folder)]
    chosen = chosen[: len(LETTERS) - 1]
    figures = [
        CaseFigure(letter, f"figure-{letter.lower()}", png, caption, _size(png), study)
        for letter, (png, caption, study) in zip(LETTERS, chosen, strict=False)
    ]
    for pair, (png, caption, study) in islice(_follow_up(result, folder), 1):
        figures.append(
            CaseFigure(LETTERS[len(figures)], follow_up_name(pair.earlier, pair.later), png, caption, _size(png), study)
        )
    return tuple(figures)


def follow_up_name(earlier: int, later: int) -> str:
    """File name of the picture of two studies side by side, without ending."""
    return f"follow-up-{earlier:02d}-{later:02d}"


Chosen = tuple[bytes, str, int]


def _radiographs(result: CaseResult, folder: Path) -> Iterator[Chosen]:
    for study in result.studies:
        picture = _picture(study, folder, "radiograph")
        may_show_a_name = "ANNOTATIONS_BURNED_IN" in {one.code for one in study.caveats}
        if study.kind == "radiograph" and picture is not None and not may_show_a_name:
            yield picture, f"{_head(study)}: {study_headline(study)}.", study.id


def _deposits(result: CaseResult, folder: Path) -> Iterator[Chosen]:
    """The key slice of each deposit in the study that shows it best."""
    for deposit in result.deposits[:MOST_DEPOSITS]:
        seen = deposit.clearest
        study = result.study(seen.study)
        picture = _picture(study, folder, f"lesion-{seen.lesion:03d}-axial")
        if seen.kind == "ct" and picture is not None:
            axes = slice_words(seen)
            here = f" with its outline and axes there ({axes})" if axes else ""
            yield picture, f"{_head(study)}, transverse slice{here}. {deposit_sentence(deposit)}.", study.id


def _scintigraphies(result: CaseResult, folder: Path) -> Iterator[Chosen]:
    for study in result.studies:
        found = [(name, _picture(study, folder, name)) for name in ("delayed", "early")]
        name, picture = next((one for one in found if one[1] is not None), ("", None))
        if study.kind == "scintigraphy" and picture is not None:
            places = [focus_words(one.side, one.pole) for one in study.foci]
            said = f"retained tracer at the {enumeration(places)}" if places else "no focus marked"
            yield picture, f"{_head(study)}, {name} image: {said}.", study.id


def _follow_up(result: CaseResult, folder: Path) -> Iterator[tuple[StudyPair, Chosen]]:
    """The largest deposit that was followed, at both dates side by side."""
    for pair in reversed(result.comparisons):
        if pair.comparison is None:
            continue
        both = tuple(folder / str(result.study(number).folder) for number in (pair.earlier, pair.later))
        pictures = draw_pairs(pair.comparison, (both[0], both[1]))
        if pictures:
            first = min(pictures)
            yield pair, (_beside(pictures[first]), _course(result, pair, first, pictures[first].note), pair.later)


def _course(result: CaseResult, pair: StudyPair, number_of_change: int, said: str) -> str:
    assert pair.comparison is not None
    change = pair.comparison.changes[number_of_change]
    days = [result.study(number).day for number in (pair.earlier, pair.later)]
    when = "" if None in days else f" on days {number(days[0] or 0)} and {number(days[1] or 0)}"
    words = f"the same plane of studies {pair.earlier} and {pair.later}{when}: {change.state.replace('_', ' ')}"
    note = f" {said}" if said else ""
    return f"{sentence(words)}{note}"


def _head(study: CaseStudy) -> str:
    region = f" of the {study.region.replace('_', ' ')}" if study.region else ""
    day = "" if study.day is None else f", day{NBSP}{number(study.day)}"
    return f"{KINDS[study.kind]}{region}{day}"


def _picture(study: CaseStudy, folder: Path, name: str) -> bytes | None:
    path = folder / str(study.folder) / "figures" / f"{name}.png"
    return path.read_bytes() if study.folder and path.is_file() else None


def _size(png: bytes) -> tuple[int, int]:
    from PIL import Image

    with Image.open(BytesIO(png)) as image:
        return image.size


def _beside(pair: Pair) -> bytes:
    """Two pictures of one height as one, with a white gap."""
    from PIL import Image

    with Image.open(BytesIO(pair.earlier)) as left, Image.open(BytesIO(pair.later)) as right:
        whole = Image.new("RGB", (left.width + right.width + 12, left.height), "white")
        whole.paste(left.convert("RGB"), (0, 0))
        whole.paste(right.convert("RGB"), (left.width + 12, 0))
    out = BytesIO()
    whole.save(out, "PNG", optimize=True)
    return out.getvalue()
