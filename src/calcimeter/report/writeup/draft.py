"""A draft: sections of sentences, figures, and what the author must still supply."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from calcimeter.report.writeup.words import Words, sentence

TELLS = (
    "A draft made by Calcimeter from its measurements; research software, not a medical device. Check every sentence:"
    " sources.json names the fields that it was made from. Days count from the first study; what stands in brackets"
    " behind a volume or a mass is its 95 % interval."
)


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the draft.

    Parameters
    ----------
    title : str
    paragraphs : tuple of tuple of Words
        Sentences, paragraph by paragraph.
    points : tuple of Words
        A list below them.
    asks : tuple of str
        What the author must supply here.
    """

    title: str
    paragraphs: tuple[tuple[Words, ...], ...] = ()
    points: tuple[Words, ...] = ()
    asks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Illustration:
    """A figure: the file it is copied to, where it comes from in the output folder, and what it shows."""

    name: str
    source: str
    caption: Words


@dataclass(frozen=True, slots=True)
class Draft:
    """All of it, in the order of reading."""

    form: str
    title: Words
    sections: tuple[Section, ...]
    figures: tuple[Illustration, ...]

    def sentences(self) -> Iterator[tuple[str, Words]]:
        """Every sentence with its section, in order; titles and captions too."""
        yield "Title", self.title
        for section in self.sections:
            for paragraph in section.paragraphs:
                yield from ((section.title, words) for words in paragraph)
            yield from ((section.title, words) for words in section.points)
        yield from (("Figures", figure.caption) for figure in self.figures)

    def asks(self) -> list[tuple[str, str]]:
        """What the author must supply, with its section."""
        return [(section.title, ask) for section in self.sections for ask in section.asks]


def section(
    title: str, *paragraphs: Iterable[Words], points: Sequence[Words] = (), asks: Sequence[str] = ()
) -> Section:
    """A section with its sentences made whole; empty paragraphs are left out."""
    whole = tuple(tuple(sentence(words) for words in paragraph) for paragraph in paragraphs)
    return Section(
        title,
        tuple(paragraph for paragraph in whole if paragraph),
        tuple(Words(words.text[:1].upper() + words.text[1:], words.shown) for words in points),
        tuple(asks),
    )
