"""Sentences and clauses of a case text, and what kind of statement each is."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property

from calcimeter.load.case_text.phrases import Mention, find, longest, names
from calcimeter.load.case_text.sections import AFTERWARDS, OF_THE_PATIENT, Passage, passages

ABBREVIATED = re.compile(r"\b(?:e\.g|i\.e|fig|figs|dr|mr|mrs|ms|vs|approx|resp|prof|ref|al)\.$")
SENTENCE_END = re.compile(
    r"[.?!](?=[\s)\]\"']|$)|,(?= which (?:\w+ )?(?:resolved|regressed|disappeared|vanished|subsided)\b)"
)
"""What became of a deposit is told in a sentence of its own: "calcification at the hip, which resolved"."""

CITED = re.compile(r"\[\d+(?:\s*[,-]\s*\d+)*\]")
OF_OTHERS = re.compile(
    r"(?<!\bwe )(?<!\bwe have )\b(?:reported|described|published|documented|presented) "
    r"(?:on )?(?:the case of |a case of )?(?:in )?an? (?:[a-z]+ )?\d"
)
"""In a discussion, the patient of other authors: "Smith described a 30-year-old woman"."""

HISTOLOGY = re.compile(r"\b(?:histo|patholog|microscop|specimen|biops)")
IN_A_YEAR = re.compile(r"\bin (?:\w+ )?(?:19|20)\d\d\b|\((?:in )?(?:19|20)\d\d\)")
BREAKS = re.compile(
    r";|,? (?:but|although|though|whereas|while|however,?|except|apart from|nevertheless,?) |"
    r",? and (?=(?:he|she|they|it (?:was|is|had|has)|there|this|these|no|an?|another|one) )|"
    r",? and (?=the (?:\w+ ){1,4}(?:was|were|is|are|showed|revealed) )|"
    r", (?=(?:he|she|there|this|these|which|who|whose|with|without|no|but|it|where) )|"
    r": (?!(?:none|nil|no|negative|absent|denied)\b)"
)
WHOSE = re.compile(
    r", (?:and )?whose [^;:]+?(?P<back>, )"
    r"(?=(?:had|has|have|was|is|presented|developed|underwent|noticed|came|complained|suffered)\b)"
)
"""A clause between two commas about a relative or a thing, and the comma behind which the patient goes on."""

DENIES = re.compile(r"\b(?:not|never|no|without|nor)(?: been| ever| have)?\s+$")
MAX_SENTENCE_LETTERS = 2000
WIDE_LINE, FULL_LINE = 50, 0.6
"""A line that is this much of its paragraph's longest goes on in the next; shorter ones stand alone."""


@dataclass(frozen=True)
class Sentence:
    """One sentence in plain letters, and where it stands.

    Parameters
    ----------
    text : str
        Plain; line ends are spaces.
    start : int
        Of its first character in the whole text.
    role : str
        Of the passage that it stands in.
    paragraph : int
        Counted through the text.
    late : bool
        It tells what came after a treatment.
    outcome : bool
        It stands behind a treatment that was carried out for the present illness.
    recurs : bool
        It or the next one says that something came back.
    """

    text: str
    start: int
    role: str
    paragraph: int
    late: bool = False
    outcome: bool = False
    recurs: bool = False

    @cached_property
    def clauses(self) -> tuple[tuple[int, int], ...]:
        """Begin and end of each clause."""
        back = [match.span("back") for match in WHOSE.finditer(self.text)]
        cuts = sorted({*(match.span() for match in BREAKS.finditer(self.text)), *back})
        begins, ends = [0, *(end for _, end in cuts)], [*(start for start, _ in cuts), len(self.text)]
        return tuple(zip(begins, ends, strict=True))

    @property
    def is_short(self) -> bool:
        """Whether it is no longer than a sentence can be; a longer one is a list or a damaged text, and is not read."""
        return len(self.text) <= MAX_SENTENCE_LETTERS

    @cached_property
    def of_patient(self) -> bool:
        """Whether it speaks of this patient, not of patients in general."""
        anchored = names("cues.anchor", self.text)
        if self.role not in OF_THE_PATIENT:
            return self.role == "discussion" and anchored and not OF_OTHERS.search(self.text)
        return anchored or not (names("cues.general", self.text) or CITED.search(self.text))

    @cached_property
    def ignored(self) -> list[Mention]:
        """Words that look like terms and are none."""
        return find("ignored.phrases", self.text)

    @cached_property
    def states(self) -> bool:
        """Whether it names a differential or a diagnosis: an author's conclusion, no evidence."""
        return names("statements.differential", self.text)

    @cached_property
    def concluded_from(self) -> int:
        """Where it begins to say the diagnosis; behind its end where it does not, or tells of an earlier one."""
        cues = [cue for cue in find("statements.diagnosis", self.text) if "diagnos" in self.text[cue.start : cue.end]]
        is_past = names("cues.past", self.text) or IN_A_YEAR.search(self.text)
        return cues[0].start if cues and not is_past else len(self.text)

    def clause(self, position: int) -> tuple[int, int]:
        """The clause that a character stands in."""
        return next(((b, e) for b, e in self.clauses if b <= position < e), (0, len(self.text)))

    def terms(self, kind: str) -> list[Mention]:
        """Mentions of a kind, without those that stand in words that are none."""
        found = longest(find(kind, self.text))
        return [one for one in found if not any(no.start <= one.start and one.end <= no.end for no in self.ignored)]

    def place(self, mention: Mention) -> tuple[int, int]:
        """Where a mention stands in the whole text."""
        return (self.start + mention.start, self.start + mention.end)


def sentences(text: str) -> tuple[Sentence, ...]:
    """The sentences of a plain text, those under headings that tell nothing left out.

    What follows a treatment that was carried out is late, up to the next heading; what a specimen showed is not.
    """
    found: list[Sentence] = []
    paragraph = 0
    for passage in passages(text):
        after = passage.role in AFTERWARDS
        for begin, end in _paragraphs(text, passage):
            paragraph += 1
            for start, stop in _sentences(text, begin, end, passage.role):
                sentence = Sentence(text[start:stop].replace("\n", " "), start, passage.role, paragraph)
                treated = sentence.is_short and sentence.of_patient and _treats(sentence)
                late = sentence.is_short and (after or _late(sentence)) and not HISTOLOGY.search(sentence.text)
                found.append(Sentence(sentence.text, start, passage.role, paragraph, late, after))
                after = after or treated
    again = [_recurs(one) for one in found]
    return tuple(
        replace(one, recurs=here or after) for one, here, after in zip(found, again, [*again[1:], False], strict=True)
    )


def _recurs(sentence: Sentence) -> bool:
    """Whether it says that something came back, and does not deny it."""
    from calcimeter.load.case_text.treatments import RECURRED

    matches = RECURRED.finditer(sentence.text)
    return any(not DENIES.search(sentence.text[: match.start()]) for match in matches)


def _late(sentence: Sentence) -> bool:
    """Whether the sentence itself says that it tells of the time after a treatment."""
    kept = find("cues.not_late", sentence.text)
    cues = find("cues.late", sentence.text)
    return any(not any(no.start <= cue.start and cue.end <= no.end for no in kept) for cue in cues)


def _treats(sentence: Sentence) -> bool:
    """Whether it tells that a treatment of the deposit was carried out now."""
    from calcimeter.load.case_text.treatments import done_now

    return bool(done_now(sentence))


def _paragraphs(text: str, passage: Passage) -> Iterator[tuple[int, int]]:
    """Blocks between empty lines."""
    for block in re.finditer(r"\S(?:.|\n(?!\s*\n))*", text[passage.start : passage.end]):
        yield passage.start + block.start(), passage.start + block.end()


def _sentences(text: str, begin: int, end: int, role: str) -> Iterator[tuple[int, int]]:
    """Begin and end of each sentence of a paragraph; lists give one a line."""
    for first, last in _lines(text, begin, end, role):
        start = first
        for stop in SENTENCE_END.finditer(text, first, last):
            is_short = ABBREVIATED.search(text, start, stop.end()) or re.search(
                r"(?:^|\s)\w\.$", text[start : stop.end()]
            )
            follows = text[stop.end() : last].lstrip()
            if is_short or re.match(r"[a-z]\.", follows):
                continue
            yield from _trimmed(text, start, stop.end())
            start = stop.end()
        yield from _trimmed(text, start, last)


def _trimmed(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Without the space around it; nothing where there is nothing else."""
    said = text[start:end]
    if said.strip(" \n.*-\u2022\u25cf)"):
        yield start + len(said) - len(said.lstrip()), start + len(said.rstrip())


def _lines(text: str, begin: int, end: int, role: str) -> Iterator[tuple[int, int]]:
    """Lines that stand alone, and wrapped ones put together."""
    lines = [(begin + m.start(), begin + m.end()) for m in re.finditer(r"[^\n]+", text[begin:end])]
    widest = max((b - a for a, b in lines), default=0)
    start = begin
    for (_, stop), after in zip(lines, [*lines[1:], None], strict=True):
        wide = widest >= WIDE_LINE and stop - text.rfind("\n", 0, stop) - 1 >= FULL_LINE * widest
        ended = re.search(r"[.?!:;]\]?\s*$", text[start:stop])
        listed = after is not None and re.match(r"\s*(?:[-*\u2022\u25cf]|\(?\d{1,2}[.)]\s)", text[after[0] : after[1]])
        if after is None or role in ("differential", "diagnosis") or not wide or ended or listed:
            yield start, stop
            start = stop if after is None else after[0]
