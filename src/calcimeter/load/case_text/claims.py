"""History and findings: what the sentences claim, and what becomes of it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from calcimeter.load.case_text.negation import PARENT_OF, Status, heart_of, reservation, status, tells_of_patient
from calcimeter.load.case_text.phrases import Mention, find, is_shared, names, phrases
from calcimeter.load.case_text.places import TAKEN_OUT, is_of_condition, names_place, removed
from calcimeter.load.case_text.sentences import IN_A_YEAR, Sentence
from calcimeter.load.case_text.treatments import EARLIER, carried_out, earlier

AFTER_ANY_TREATMENT = frozenset({"recurrence_after_excision", "resolved_on_anti_inflammatories"})
"""Terms that tell of the time after a treatment by themselves."""

COMES = re.compile(r"\b(?:presented|complained|consulted|was (?:referred|admitted|seen)|came|attended)\b")
"""Where the patient is spoken of again: "a girl whose mother is on dialysis presented with a mass"."""

NEEDS_DEPOSIT = frozenset(
    {
        "bilateral",
        "periarticular",
        "peripheral_rim_mineralization",
        "central_mineralization",
        "fusiform_compartment_mass",
    }
)
"""Findings whose words are about anything; they count beside the name of a deposit only."""

MEASURES = frozenset(
    {
        "arthroplasty",
        "biopsy",
        "calcium_alkali_intake",
        "cardiac_surgery",
        "dialysis",
        "injection_at_site",
        "phosphate_intake",
        "radiotherapy",
        "surgery_at_site",
        "vitamin_d_intake",
        "warfarin",
    }
)
"""Terms that are done to a patient or taken by one, and so can be planned, refused and stopped."""

OVER = "said to be over since an earlier time, and whether the illness began before is not sure"
"""What outweighs that it was so: a medicine stopped for the present illness was taken when that began."""

DENIED_WITHIN = re.compile(r"^[\w-]+ (?!not\b).*\b(?:not|never|no|without)\b")
"""A denial in the gap of a phrase: "parents were not related", but not "could not bend"."""

CHILD_OF = re.compile(r"\s+of (?:[a-z-]+ ){0,2}parents\b")
"""Behind "son" or "daughter": then the patient is the child."""

NOT_SO = re.compile(r"\b(?:no|not|non|without|nor|neither|denied)\b")
FAMILY = re.compile(r"\b(?:family|familial) history\b(?!\s+(?:of|for)\b)")
ONE_SIDE = re.compile(r"\b(?:left|right)\b(?!.*\b(?:left|right)\b)")
RESUMED = re.compile(
    r"[^,]*?\b(?:has|had|have|is|was|were|died)\b(?:(?!\b(?:and|or|that|which|who|but|been)\b)[^,])*?\b(?:is|was|has|had)\b"
)
"""Behind "whose mother": a second verb that nothing joins to the first is the patient's, "has gout is on dialysis"."""

SEEN_IN_LUNGS = re.compile(r"\b(?:ground.glass|opacit|nodul)")


@dataclass(frozen=True, slots=True)
class Claim:
    """What one place in the text says of one term: ``value`` is None where it leaves it open, with the reason."""

    term: str
    value: bool | None
    place: tuple[int, int]
    reason: str = ""


def claims(kind: str, told: Iterable[Sentence]) -> list[Claim]:
    """Every claim about terms of the "history" or "findings", in the order of the text."""
    return [claim for sentence in told for claim in _of_sentence(kind, sentence)]


def settled(found: Iterable[Claim]) -> tuple[dict[str, Claim], list[Claim]]:
    """One claim a term, and what was left open.

    What was seen or happened anywhere holds, also where another sentence says that it was not seen there; what is only
    said as a possibility, or of a relative, is left open, and so is what is then said to be over long since.
    """
    by_term: dict[str, list[Claim]] = {}
    for claim in found:
        by_term.setdefault(claim.term, []).append(claim)
    known: dict[str, Claim] = {}
    left: list[Claim] = []
    for term, all_of_it in by_term.items():
        over = [claim for claim in all_of_it if claim.reason == OVER]
        true = [claim for claim in all_of_it if claim.value and (not over or claim.place > over[-1].place)]
        possible = any(claim.reason == Status.UNCERTAIN for claim in all_of_it)
        denied = [claim for claim in all_of_it if claim.value is False and not over and not possible]
        decided = [*true, *denied]
        if decided:
            known[term] = decided[0]
        else:
            left.append(over[0] if over else next(claim for claim in all_of_it if claim.value is None))
    return known, left


def _of_sentence(kind: str, sentence: Sentence) -> Iterator[Claim]:
    """The claims of one sentence."""
    if not sentence.of_patient or sentence.states:
        return
    absent = sentence.terms(f"{kind}_absent")
    for mention in absent:
        if not sentence.late and (_reading(sentence, mention) is True or mention.term == "family_history"):
            yield _denied(sentence, mention)
    gone = removed(sentence) if kind == "findings" else []
    for mention in _mentions(kind, sentence):
        if any(begin <= mention.start < end for begin, end in gone):
            yield Claim(mention.term, None, sentence.place(mention), TAKEN_OUT)
        elif sentence.late and mention.term not in AFTER_ANY_TREATMENT:
            yield Claim(mention.term, None, sentence.place(mention), _why_late(sentence, mention))
        elif mention.start < sentence.concluded_from and not any(
            no.start <= mention.start and mention.end <= no.end for no in absent
        ):
            yield from _claim(sentence, mention)
    if kind == "history":
        yield from (Claim(one.term, value=True, place=sentence.place(one)) for one in earlier(sentence))
        yield from _not_had(sentence)
        yield from _family(sentence)


def _why_late(sentence: Sentence, mention: Mention) -> str:
    """Why what is told of the time after a treatment is left open: it may be over since a treatment of long ago."""
    is_over = mention.term in MEASURES and reservation(sentence, mention, is_measure=True) is Status.ENDED
    return _over(sentence) if is_over and not sentence.outcome else "told of the time after a treatment"


def _over(sentence: Sentence) -> str:
    """Why what is said to be over is left open; long since where the sentence names a past time or a graft."""
    is_past = names("cues.past", sentence.text) or IN_A_YEAR.search(sentence.text) or "transplant" in sentence.text
    return OVER if is_past else str(Status.ENDED)


def _mentions(kind: str, sentence: Sentence) -> list[Mention]:
    """Terms of a kind that a sentence names, those hidden inside the name of something else left out."""
    hides = phrases()["hides"]
    found = find(kind, sentence.text)
    around = [*find("history", sentence.text), *find("findings", sentence.text)]
    names_of = find("diagnoses", sentence.text)
    kept = []
    for one in found:
        covers = [
            no for no in (*sentence.ignored, *names_of) if no.holds(one) or (no in sentence.ignored and _same(no, one))
        ]
        hidden = any(
            one.term in hides.get(other.term, ()) and other.holds(one) and not is_shared(sentence.text, other)
            for other in around
        )
        if not covers and not hidden and one.term not in EARLIER.values() and one.term != "family_history":
            kept.append(one)
        elif one.term == "kidney_transplant" and not covers:
            kept.extend(_graft(sentence, one))
    return [one for one in kept if one.term not in NEEDS_DEPOSIT or _beside_deposit(sentence, one)]


def _not_had(sentence: Sentence) -> Iterator[Claim]:
    """What is named of the treatments that the history also knows, and was neither carried out nor had before."""
    had = {one.start for one in (*earlier(sentence), *carried_out(sentence))}
    for one in sentence.terms("treatments"):
        if one.term in EARLIER and one.start not in had and not sentence.late:
            said = status(sentence, one)
            reason = Status.PUT_OFF if said is Status.PRESENT else said
            yield Claim(EARLIER[one.term], None, sentence.place(one), str(reason))


def _same(no: Mention, one: Mention) -> bool:
    return no.start <= one.start and one.end <= no.end


def _graft(sentence: Sentence, one: Mention) -> list[Mention]:
    """A transplanted kidney that the patient has; one that is given now is a treatment."""
    now = any(other.start <= one.start < other.end for other in carried_out(sentence))
    waiting = names("cues.not_done", sentence.text)
    return [] if now or waiting else [one]


def _beside_deposit(sentence: Sentence, mention: Mention) -> bool:
    begin, end = sentence.clause(mention.start)
    around = sentence.text[begin:end]
    return names("words.deposit", around) or bool(SEEN_IN_LUNGS.search(around))


def _claim(sentence: Sentence, mention: Mention) -> Iterator[Claim]:
    """What one mention claims."""
    said = status(sentence, heart_of(sentence, mention))
    if said is Status.PRESENT:
        said = reservation(sentence, mention, is_measure=mention.term in MEASURES)
    place = sentence.place(mention)
    begin, _ = sentence.clause(mention.start)
    if mention.term == "consanguinity" and said is Status.FAMILY:  # relatives are what it is about
        yield Claim(mention.term, value=not NOT_SO.search(sentence.text[begin : mention.start]), place=place)
    elif mention.term == "bilateral" and is_of_condition(sentence.text, mention.end):
        yield Claim(mention.term, None, place, "said of something else than a deposit")
    elif said is Status.PRESENT and DENIED_WITHIN.search(sentence.text[mention.start : mention.end]):
        yield _denied(sentence, mention)
    elif said is Status.PRESENT:
        yield Claim(mention.term, value=True, place=place)
    elif said is Status.ABSENT and mention.term == "mineralized" and _of_one_place(sentence, mention):
        yield Claim(mention.term, None, place, "denied of one place only")
    elif said is Status.ABSENT:
        yield _denied(sentence, mention)
    else:
        yield Claim(mention.term, None, place, _over(sentence) if said is Status.ENDED else str(said))


def _denied(sentence: Sentence, mention: Mention) -> Claim:
    """A denial; of a focus beside the thyroid it says nothing where it is of one side only."""
    begin, end = sentence.clause(heart_of(sentence, mention).start)
    if mention.term == "parathyroid_focus" and ONE_SIDE.search(sentence.text[begin:end]):
        return Claim(mention.term, None, sentence.place(mention), "denied of one side only")
    return Claim(mention.term, value=False, place=sentence.place(mention))


def _of_one_place(sentence: Sentence, mention: Mention) -> bool:
    """Whether a denial names a place or a tissue: "no calcification in the shoulder", "no tendon calcification"."""
    begin, end = sentence.clause(mention.start)
    inside = any(other.holds(mention) for other in find("findings", sentence.text))
    return inside or names_place(sentence.text[begin:end])


def _reading(sentence: Sentence, mention: Mention) -> bool | None:
    said = status(sentence, mention)
    return {Status.PRESENT: True, Status.ABSENT: False}.get(said)


def _family(sentence: Sentence) -> Iterator[Claim]:
    """Whether relatives have the same kind of deposits; another illness of theirs says nothing here."""
    told_by_relative = tells_of_patient(sentence) and "family history" not in sentence.text
    if sentence.late or told_by_relative:
        return
    for begin, end in sentence.clauses:
        clause = sentence.text[begin:end]
        relatives = find("words.relative", clause)
        if not relatives or PARENT_OF.match(clause, relatives[0].end) or CHILD_OF.match(clause, relatives[0].end):
            continue
        first = relatives[0]
        back = RESUMED.match(clause, first.end) if clause[: first.start].endswith("whose ") else None
        said = [one for one in find("words.same_illness", clause) if not (back and back.end() <= one.start)]
        said = [one for one in said if not COMES.search(clause[first.end : one.start])]
        place = (sentence.start + begin + first.start, sentence.start + begin + first.end)
        denied = re.search(
            r"\b(?:no|not|none|without|nor|neither|denied|negative|unaffected|unremarkable|non-?contributory|healthy|nobody)\b",
            clause,
        )
        bare = FAMILY.search(clause)
        positive = re.search(r"\b(?:positive|significant|strong)\b", clause)
        if denied and (said or (bare and not positive)):
            yield Claim("family_history", value=False, place=place)
        elif said and not denied:
            yield Claim("family_history", value=True, place=place)
        elif not names("history.consanguinity", clause):
            yield Claim("family_history", None, place, "a relative has something, not said to be the same")
