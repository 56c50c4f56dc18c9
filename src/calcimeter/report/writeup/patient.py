"""Patient, history, blood, treatment and course, in sentences; what is not known is not spoken of."""

from __future__ import annotations

from calcimeter.model.case import changes_blood
from calcimeter.model.case_caveats import NOT_KNOWN_TO_BE_BEFORE
from calcimeter.model.caveat import TEXTS
from calcimeter.report.reasoning import COMPARATORS, PATTERNS, three_digits, unit_words
from calcimeter.report.wording import NBSP, number
from calcimeter.report.writeup.facts import Fact
from calcimeter.report.writeup.place import site_words
from calcimeter.report.writeup.words import Words, amount, digits, listed, say, show, term, without_advice

ADULT_YEARS = 18
SEXES = {"M": ("man", "boy"), "F": ("woman", "girl")}
PEOPLE = ("CASE_OF_TEST_OBJECT", "CASE_OTHER_PATIENT", "CASE_PATIENTS_DIFFER")
"""Those that it may not be of a person, or not all of one."""


def patient_sentences(main: Fact) -> list[Words]:
    """Age and sex, and what the history names; before all else where it may be two patients or none."""
    people = [term(one["text"]) for one in main["caveats"].items() if one["code"].value in PEOPLE]
    nobody = main["study"]["test_object"]
    people += [show(nobody, TEXTS["CASE_OF_TEST_OBJECT"].replace("of a study ", ""))] if nobody.value else []
    age, sex = main["subject"]["age_years"], main["subject"]["sex"]
    words = SEXES.get(str(sex.value), ("patient", "patient"))
    adult = not age.known or age.value >= ADULT_YEARS
    who = show(sex, words[0] if adult else words[1])
    years = digits(age, 0 if age.known and float(age.value).is_integer() else 1)
    patient = say("The patient is a {years}-year-old {who}", years=years, who=who)
    patient = patient or (say("The patient is a {who}", who=who) if sex.value in SEXES else None)
    there, absent = ([_named(one) for one in main["history"].items() if one.value is so] for so in (True, False))
    return _known(
        [
            *people,
            patient,
            say("The history names {there}", there=listed(there)),
            say("According to the history there is no {absent}", absent=listed(absent, "or")),
        ]
    )


def blood_sentences(main: Fact) -> list[Words]:
    """Results before treatment, or all where there was none, and the pattern that they fit."""
    chemistry = main["chemistry"]
    before = chemistry["before_treatment"]["values"]
    values = before if before.known else chemistry["values"]
    results = listed([words for one in values.items() if (words := _result(one))])
    codes = {str(one["code"].value) for one in main["caveats"].items()}
    dividing = any(changes_blood(str(one["what"].value)) for one in main["treatments"].items())
    treated = dividing and codes.isdisjoint(NOT_KNOWN_TO_BE_BEFORE)
    template = "Blood results before treatment were {results}" if treated else "Blood results were {results}"
    pattern = chemistry["pattern"]["name"]
    fits = (
        show(pattern, PATTERNS.get(str(pattern.value), str(pattern.value).replace("_", " "))) if pattern.known else None
    )
    return _known(
        [
            say(template, results=results),
            say("They fit {fits}: {because}", fits=fits, because=term(chemistry["pattern"]["because"])),
        ]
    )


def treatment_sentences(main: Fact) -> list[Words]:
    """What was done and when."""
    told = []
    for one in main["treatments"].items():
        what, day = term(one["what"]), one["day"]
        when = "{what} {day} days after the first study"
        if day.known and day.value < 0:
            when = "{what} {day} days before the first study"
        elif day.known and day.value == 0:
            when = "{what} on day {day}, that of the first study"
        told.append(say(when, what=what, day=_days(day)) or say("{what} at a time that is not given", what=what))
    return _known([say("Treatment was {told}", told=listed(_known(told)))])


def course_sentences(main: Fact) -> list[Words]:
    """What became of deposits from one study to the next."""
    return _known([*(_compared(one, main) for one in main["comparisons"].items()), *_not_followed(main)])


def blood_course_sentences(main: Fact) -> list[Words]:
    """First and last result of every analyte that was measured on several days."""
    return _known([_change(one) for one in main["timeline"]["blood"].items()])


def same_deposit_sentences(main: Fact) -> list[Words]:
    """Which deposits of several studies are one, and why."""
    several = [one for one in main["deposits"].items() if len(one["seen"].items()) > 1]
    return _known(
        [
            say(
                "The deposit at {site} is seen in studies {studies}: {because}",
                site=site_words(one) or show(one["site"], "a place without a name"),
                studies=listed([words for seen in one["seen"].items() if (words := digits(seen["study"]))]),
                because=term(one["because"]),
            )
            for one in several
        ]
    )


def consent_words(main: Fact) -> Words | None:
    """What the case file says of consent; None where it says nothing."""
    consent = main["stated"]["consent"]
    if not consent.known:
        return None
    return say("The case file says that consent {was} given", was=show(consent, "was" if consent.value else "was not"))


def _compared(one: Fact, main: Fact) -> Words | None:
    studies = {"later": digits(one["later"]), "earlier": digits(one["earlier"])}
    if one["reason"].known:
        return say(
            "Study {later} can't be compared with study {earlier}: {why}", **studies, why=without_advice(one["reason"])
        )
    what = say("{response}: {because}", response=term(one["response"]), because=term(one["because"]))
    after = {**studies, "days": digits(one["interval_days"]), "what": what}
    days_after = "Study {later}, {days} days after study {earlier}, shows {what}"
    return (
        say(days_after + "{changed}", **after, changed=_volumes(one, main))
        or say(days_after, **after)
        or say("Study {later}, after study {earlier}, shows {what}", **studies, what=what)
    )


def _not_followed(main: Fact) -> list[Words | None]:
    """Deposits in no study that was compared, where others are: what became of others says nothing of them."""
    pairs = [one for one in main["comparisons"].items() if not one["reason"].known]
    compared = {one[end].value for one in pairs for end in ("earlier", "later")}
    alone = [
        one
        for one in main["deposits"].items()
        if compared.isdisjoint(seen["study"].value for seen in one["seen"].items())
    ]
    return [
        say(
            "No comparison tells what became of the deposit at {site} that study {study} shows",
            site=site_words(one) or show(one["site"], "a place without a name"),
            study=digits(one["seen"][0]["study"]),
        )
        for one in alone
        if compared
    ]


def _volumes(one: Fact, main: Fact) -> Words | None:
    """From how much to how much; where nothing is left, from what size on it would have been seen."""
    earlier, later = (amount(one["volume_mm3"][end]) for end in ("earlier", "later"))
    if one["response"].value == "not_comparable":
        return None
    if one["volume_mm3"]["later"]["value"].value != 0:
        return say(
            "; the volume of soft-tissue calcification went from {earlier} to {later}", earlier=earlier, later=later
        )
    studies = [study for study in main["studies"].items() if study["id"].value == one["later"].value]
    limit = amount(studies[0]["detection_limit_mm3"]) if studies else None
    if one["response"].value != "complete_resolution":
        return None
    return say(
        "; of {earlier} {none} is left that is larger than {limit}",
        earlier=earlier,
        none=show(one["volume_mm3"]["later"]["value"], "nothing"),
        limit=limit,
    ) or say("; earlier it was {earlier}", earlier=earlier)


def _change(line: Fact) -> Words | None:
    """First and last result of an analyte."""
    points = line["points"].items()
    if len(points) < 2:
        return None
    name = show(line["analyte"], _label(str(line["analyte"].value)))
    first, last = (_amount(point, line["unit"]) for point in (points[0], points[-1]))
    return say(
        "{name} went from {first} on day {start}{between} to {last} on day {end} ({status})",
        name=name,
        first=first,
        start=digits(points[0]["day"]),
        between=_beyond(points, line["unit"]) or show(line["analyte"], ""),
        last=last,
        end=digits(points[-1]["day"]),
        status=term(points[-1]["status"]) or show(points[-1]["status"], "not judged"),
    )


def _beyond(points: list[Fact], unit: Fact) -> Words | None:
    """The result that lies farthest beyond the first and the last, if any does: a course has its lowest point."""
    ends = [float(point["value"].value) for point in (points[0], points[-1])]

    def beyond(point: Fact) -> float:
        value = float(point["value"].value)
        return max(min(ends) - value, value - max(ends))

    farthest = max(points[1:-1], key=beyond, default=None)
    if farthest is None or beyond(farthest) <= 0:
        return None
    return say(" over {amount} on day {day}", amount=_amount(farthest, unit), day=digits(farthest["day"]))


def _result(one: Fact) -> Words | None:
    name = show(one["analyte"], _label(str(one["analyte"].value)))
    status = term(one["status"])
    value = _amount(one, one["unit"])
    told = say("{name} {value} ({status})", name=name, value=value, status=status)
    return told or say("{name} {value}", name=name, value=value) or say("{name} {status}", name=name, status=status)


def _amount(one: Fact, unit: Fact) -> Words | None:
    value = one["value"]
    if not value.known or not unit.known:
        return None
    text = three_digits(float(value.value))
    sign = COMPARATORS.get(str(one["comparator"].value), "")
    return say(
        "{sign}{value}" + NBSP + "{unit}",
        sign=show(one["comparator"], sign),
        value=show(value, text),
        unit=show(unit, unit_words(str(unit.value))),
    )


def _days(day: Fact) -> Words | None:
    return show(day, number(abs(day.value))) if day.known else None


def _named(one: Fact) -> Words:
    return show(one, one.key.replace("_", " "))


def _label(analyte: str) -> str:
    from calcimeter.knowledge.analytes import analytes

    known = analytes()
    return known[analyte].label if analyte in known else analyte.replace("_", " ")


def _known(sentences: list[Words | None]) -> list[Words]:
    return [words for words in sentences if words is not None]
