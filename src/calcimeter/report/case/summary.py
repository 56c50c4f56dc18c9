"""What a case amounts to: a headline, five lines, four numbers."""

from __future__ import annotations

from calcimeter.knowledge.analytes import analytes
from calcimeter.model.case import changes_blood
from calcimeter.model.case_caveats import NOT_KNOWN_TO_BE_BEFORE
from calcimeter.model.case_result import CaseResult, JoinedDeposit, StudyPair
from calcimeter.model.chemistry import Chemistry
from calcimeter.model.timeline import BloodLine
from calcimeter.report.case.wording import (
    KINDS,
    deposit_sentence,
    focus_words,
    patient_line,
    place_words,
    response_words,
    study_headline,
    treatments_words,
)
from calcimeter.report.comparison_page import RESPONSES
from calcimeter.report.reasoning import PATTERNS, amount
from calcimeter.report.wording import NBSP, count, enumeration, number, percent, product, sentence, term, volume

FIRST_IN, PUBLISHED = 17, 21
"""Of so many published cases with three items or more the ranking has the proven diagnosis first in so many, with the
prior that a case has: ``docs/ranking.md``."""
MOST_DEPOSITS = 3
WORTH_A_LINE_BITS = 0.05
"""A test that is expected to tell less stands in the list of tests, not in the summary."""
UNTOLD = ("not_in_view", "not_comparable")
"""States of a deposit of which a comparison tells nothing."""

LEAST_PROBABILITY = 0.01
"""What is less probable stands in the ranking, not in the summary."""

Line = tuple[str, str]


def headline(result: CaseResult) -> str:
    """What was found, in one line; what it may be stands below, with how far a ranking can be trusted."""
    if not result.deposits:
        return _nothing(result)
    return f"{count(len(result.deposits), 'soft-tissue deposit').capitalize()}: {_places(result)}"


def five_lines(result: CaseResult) -> list[Line]:
    """Deposits, blood, scintigraphy, what it may be, what became of it: a label and a sentence each."""
    return [
        ("Deposits", _deposits(result)),
        ("Blood", _blood(result.at_presentation)),
        ("Parathyroids", _glands(result)),
        ("Most probable", _probable(result)),
        ("Follow-up", _follow_up(result)),
    ]


def lead(result: CaseResult) -> list[str]:
    """Who it is; before that, where headers say so, that it is nobody."""
    nobody = any(one.code == "CASE_OF_TEST_OBJECT" for one in result.caveats)
    return [*(["A test object by the headers of its images, not a patient."] if nobody else []), patient_line(result)]


def attention(result: CaseResult) -> list[str]:
    """What to check before anything else is believed."""
    codes = {one.code: one.text for one in result.caveats}
    people = [codes[code] for code in ("CASE_OTHER_PATIENT", "CASE_PATIENTS_DIFFER") if code in codes]
    refused = [
        sentence(f"study {one.id} was refused, nothing of it is in this picture: {one.reason}")
        for one in result.studies
        if not one.measured
    ]
    return [*people, *(sentence(words) for words in result.contradictions), *refused]


def is_before_treatment(result: CaseResult) -> bool:
    """Whether the blood results that the differential rests on are known to be of before treatment."""
    is_treated = any(changes_blood(what) for what, _ in result.treatments)
    return is_treated and not any(one.code in NOT_KNOWN_TO_BE_BEFORE for one in result.caveats)


def facts(result: CaseResult) -> list[dict[str, str]]:
    """The four numbers at the top."""
    total = [one.clearest.volume_mm3.value for one in result.deposits if one.clearest.volume_mm3]
    pairs = [pair for pair in result.comparisons if pair.comparison and not pair.comparison.is_of_same_images]
    leader = result.differential.ranked[0] if result.differential else None
    measured = sum(study.measured for study in result.studies)
    return [
        {
            "label": "Deposits",
            "value": str(len(result.deposits)),
            "note": ", ".join([*_in_all(total, result), f"{measured} of {len(result.studies)} studies measured"]),
        },
        _largest(result),
        {
            "label": "Most probable",
            "value": percent(leader.probability) if leader else "–",
            "note": leader.title if leader else "nothing to explain",
        },
        {
            "label": _outcome_of(result) if pairs else "Outcome",
            "value": _outcome(pairs[-1]) if pairs else "–",
            "note": _after(pairs[-1], result) if pairs else "no two CT studies compared",
        },
    ]


def shell_lines(result: CaseResult) -> list[str]:
    """What a shell shows."""
    lines = [headline(result), " ".join(lead(result))]
    lines += [f"{label}: {words}" for label, words in five_lines(result)]
    lines += [f"! {sentence(flag.because)}" for flag in result.red_flags]
    lines += [f"! {words}" for words in attention(result)]
    for study in result.studies:
        day = "day not known" if study.day is None else f"day {study.day}"
        lines.append(f"  {study.id}  {KINDS[study.kind]}, {day}: {study_headline(study)}")
    return [*lines, *(f"caveat: {one.text}" for one in result.caveats)]


def _largest(result: CaseResult) -> dict[str, str]:
    """The largest deposit: its volume over its size; its size alone where a radiograph is all that shows it."""
    seen = result.deposits[0].clearest if result.deposits else None
    size = product(*seen.projected_mm["coronal"]) if seen is not None and "coronal" in seen.projected_mm else ""
    if seen is None or seen.volume_mm3 is None:
        return {"label": "Largest, from the front", "value": size or "–", "note": ""}
    note = f"{size} from the front" if size else ""
    return {"label": "Largest", "value": volume(seen.volume_mm3.value), "note": note}


def _in_all(volumes_mm3: list[float], result: CaseResult) -> list[str]:
    """A sum that says of how many deposits it is: a radiograph gives no volume."""
    several = len(result.deposits)
    of = "in all" if len(volumes_mm3) == several else f"in {len(volumes_mm3)} of {several} deposits"
    return [f"{volume(sum(volumes_mm3))} {of}"] if volumes_mm3 else []


def _places(result: CaseResult) -> str:
    """Each place once; of many the number of those that are not named."""
    places = list(dict.fromkeys(place_words(one) for one in result.deposits))
    more = len(places) - MOST_DEPOSITS
    return enumeration([*places[:MOST_DEPOSITS], *([f"{more} more"] if more > 0 else [])])


def _nothing(result: CaseResult) -> str:
    if not any(study.kind == "ct" and study.measured for study in result.studies):
        return "No soft-tissue deposit measured, and no CT was searched for one"
    limits = [study.limit_mm3 for study in result.studies if study.limit_mm3 is not None]
    over = f" over {volume(max(limits))}" if limits else ""
    return f"No soft-tissue deposit{over} in what was searched"


def _deposits(result: CaseResult) -> str:
    if not result.deposits:
        return f"{_nothing(result)}."
    told = [deposit_sentence(one) for one in result.deposits[:MOST_DEPOSITS]]
    more = len(result.deposits) - MOST_DEPOSITS
    return ". ".join([*told, *([f"{more} more"] if more > 0 else [])]) + "."


def _blood(chemistry: Chemistry | None) -> str:
    if chemistry is None or not chemistry.values:
        return "No results were given."
    names = ("calcium", "calcium_albumin_corrected", "phosphate", "pth_intact")
    told = []
    for name in names:
        value = chemistry.values.get(name)
        if value is not None and value.says_something:
            words = " ".join(word for word in (amount(value), value.status or "") if word)
            told.append(f"{analytes()[name].label} {words}")
        elif value is not None:
            told.append(f"{analytes()[name].label} not known, for its results contradict each other")
    pattern = PATTERNS[chemistry.pattern.name] if chemistry.pattern.name else "no one pattern"
    return sentence(f"{pattern}: {', '.join(told)}" if told else pattern)


def _glands(result: CaseResult) -> str:
    studies = [study for study in result.studies if study.kind == "scintigraphy" and study.measured]
    if not studies:
        return "No scintigraphy was measured."
    foci = [focus for study in studies for focus in study.foci]
    if not foci:
        return sentence(study_headline(studies[-1]))
    places = [f"{focus_words(one.side, one.pole)} (z{NBSP}{number(one.z_score, 1)})" for one in foci]
    z = "z is in standard deviations, corrected for the area searched"
    return sentence(f"retained tracer at the {enumeration(places)}; {z}")


def _probable(result: CaseResult) -> str:
    if result.differential is None:
        return "No deposit was found that a diagnosis could explain."
    first, *others = result.differential.ranked[:3]
    worth = [row for row in others if row.probability >= LEAST_PROBABILITY]
    told = [f"{row.title} {percent(row.probability)}" for row in (first, *worth)]
    told += [] if worth else ["no other over 1 %"]
    tests = [test for test in result.differential.next_tests if test.expected_bits >= WORTH_A_LINE_BITS]
    after = f" Most useful next: {tests[0].title}." if tests else ""
    trust = f" The ranking had the proven diagnosis first in {FIRST_IN} of {PUBLISHED} published cases."
    return f"{_capital(', '.join(told))}.{after}{trust}"


def _follow_up(result: CaseResult) -> str:
    done = treatments_words(result)
    told = [done] if done else []
    told += [_course_of_pair(result, pair) for pair in result.comparisons]
    told += _left(result)
    told += [_course(line) for line in result.timeline.blood[:1]]
    return sentence("; ".join(told)) if told else "No two CT studies of one region, no treatment."


def _course_of_pair(result: CaseResult, pair: StudyPair) -> str:
    """With the days of both studies: a number of days alone reads as if it counted from treatment."""
    if pair.comparison is None:
        return response_words(pair)
    if pair.comparison.is_of_same_images:
        return f"studies {pair.earlier} and {pair.later} are the same images: no course lies between them"
    days = [result.study(number).day for number in (pair.earlier, pair.later)]
    when = "" if None in days else f" from day {number(days[0] or 0)} to {number(days[1] or 0)}"
    return f"{RESPONSES[pair.comparison.response].lower()}{when} (studies {pair.earlier} and {pair.later})"


def _left(result: CaseResult) -> list[str]:
    """Deposits that no comparison follows, where another is followed: an outcome says nothing of them."""
    unfollowed = [one for one in result.deposits if not _is_followed(one, result)]
    if not unfollowed or len(unfollowed) == len(result.deposits):
        return []
    followed = {place_words(one) for one in result.deposits if one not in unfollowed}
    told = [
        f"{place} (study {one.seen[0].study})" if (place := place_words(one)) in followed else place
        for one in unfollowed
    ]
    return [f"not followed: {enumeration(told)}"]


def _is_followed(deposit: JoinedDeposit, result: CaseResult) -> bool:
    """Whether a comparison tells what became of it, or that it is new."""
    keys = {(one.study, one.lesion) for one in deposit.seen}
    return any(
        keys & {*((pair.earlier, k) for k in change.earlier), *((pair.later, k) for k in change.later)}
        for pair in result.comparisons
        if pair.comparison is not None
        for change in pair.comparison.changes
        if change.state not in UNTOLD
    )


def _course(line: BloodLine) -> str:
    first, last = line.points[0], line.points[-1]
    status = f" ({last.status})" if last.status else ""
    days = f" from day {number(first.day or 0)} to {number(last.day or 0)}"
    return f"{analytes()[line.analyte].label} {amount(first)} to {amount(last)}{status}{days}"


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]


def _outcome(pair: StudyPair) -> str:
    assert pair.comparison is not None
    return term(pair.comparison.response).capitalize()


def _outcome_of(result: CaseResult) -> str:
    """Of what it is the outcome, where it is not that of all deposits."""
    followed = [one for one in result.deposits if _is_followed(one, result)]
    if not followed or len(followed) == len(result.deposits):
        return "Outcome"
    return f"Outcome, {enumeration([place_words(one) for one in followed])}"


def _after(pair: StudyPair, result: CaseResult) -> str:
    assert pair.comparison is not None
    days = pair.comparison.interval_days
    between = f"study {pair.earlier} to {pair.later}" + ("" if days is None else f", {number(days)} days")
    followed = sum(_is_followed(one, result) for one in result.deposits)
    all_of_them = followed == len(result.deposits)
    return between if all_of_them else f"{followed} of {len(result.deposits)} deposits followed, {between}"
