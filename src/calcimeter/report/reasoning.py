"""What the findings may mean, as the report tells it: differential, red flags, next tests, blood results."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from calcimeter.knowledge.analytes import analytes
from calcimeter.model.chemistry import BloodValue, Chemistry, Pattern
from calcimeter.model.differential import Differential, NextTest, Ranked, RedFlag
from calcimeter.model.finding import Finding
from calcimeter.report.evidence import weighed
from calcimeter.report.wording import NBSP, enumeration, number, percent, sentence, term

Content = dict[str, Any]
Row = list[str]

SHOWN, LEAST = 6, 0.02
"""So many diagnoses, and none below this probability; the first two always."""
REASONS, TESTS = 4, 5
WORTH_SAYING = 0.1
"""Natural log: evidence below it is no reason."""
LEAST_BITS = 0.02
"""A test that is expected to tell less would change nothing that a reader could see."""

PATTERNS = {
    "primary_hyperparathyroidism": "primary hyperparathyroidism",
    "secondary_hyperparathyroidism_renal": "secondary hyperparathyroidism of kidney failure",
    "secondary_hyperparathyroidism_vitamin_d": "secondary hyperparathyroidism of vitamin D deficiency",
    "tertiary_hyperparathyroidism": "tertiary hyperparathyroidism",
    "pth_independent_hypercalcemia": "high calcium independent of PTH",
    "hyperphosphatemia_with_normal_kidneys": "high phosphate with normal kidneys",
    "pth_resistance": "PTH without effect, as in pseudohypoparathyroidism",
    "normal": "nothing out of range",
}
UNITS = {"umol": "µmol", "ug": "µg", "{1.73_m2}": "1.73\u202fm²", "mmol2/L2": "mmol²/L²", "mg2/dL2": "mg²/dL²"}
"""UCUM codes as people write them."""

COMPARATORS = {"<": "<", "<=": "≤", ">": ">", ">=": "≥"}


def reasoning_content(
    findings: Iterable[Finding],
    differential: Differential | None,
    chemistry: Chemistry | None,
    red_flags: Iterable[RedFlag],
) -> Content:
    """The sections of a report that reason: empty lists where there is nothing to tell."""
    findings = tuple(findings)
    unknown = [term(finding.name) for finding in findings if finding.present is None]
    return {
        "differential": [] if differential is None else _differential(differential),
        "prior": "" if differential is None else differential.prior_title,
        "against_leader": [] if differential is None else _against(differential),
        "disagreements": [] if differential is None else _disagreements(differential),
        "red_flags": [sentence(flag.because) for flag in red_flags],
        "next_tests": [] if differential is None else _tests(differential),
        "signs": [
            [term(f.name), "present" if f.present else "absent", sentence(f.because)]
            for f in findings
            if f.present is not None
        ],
        "unknown_signs": f"Not known: {enumeration(unknown)}." if unknown else "",
        "chemistry": [] if chemistry is None else _results(chemistry),
        "chemistry_says": [] if chemistry is None else _said_of(chemistry),
    }


def _differential(differential: Differential) -> list[Content]:
    """The leading diagnoses with what speaks for and against each, and a row for all the others."""
    ranked = differential.ranked
    shown = [row for k, row in enumerate(ranked) if k < SHOWN and (row.probability >= LEAST or k < 2)]
    rest = 1.0 - sum(row.probability for row in shown)
    rows = [_diagnosis(row) for row in shown]
    others = len(ranked) - len(shown)
    if others:
        words = f"{others} others together"
        rows.append({"title": words, "percent": percent(rest), "share": _share(rest), "for": [], "against": []})
    return rows


def _diagnosis(row: Ranked) -> Content:
    reasons = [e for e in row.evidence if e.finding != "prior" and abs(e.weight) >= WORTH_SAYING]
    return {
        "title": row.title,
        "percent": percent(row.probability),
        "share": _share(row.probability),
        "for": [weighed(e) for e in reasons if e.weight > 0][:REASONS],
        "against": [weighed(e) for e in reasons if e.weight < 0][:REASONS],
    }


def _disagreements(differential: Differential) -> list[str]:
    """Where a reader and the measurement say the opposite."""
    return [
        sentence(f"{term(merged.name)}: {merged.because}, {merged.disagreement}")
        for merged in differential.findings
        if merged.disagreement
    ]


def _against(differential: Differential) -> list[str]:
    """What speaks against the first beside the others, and does not stand in its row already."""
    own = [e for e in differential.ranked[0].evidence if e.finding != "prior" and e.weight <= -WORTH_SAYING][:REASONS]
    told = {"prior", *(e.finding for e in own)}
    return [weighed(e) for e in differential.against_leader if e.finding not in told][:REASONS]


def _tests(differential: Differential) -> list[Content]:
    """In the order in which to do them."""
    return [_test(test) for test in differential.next_tests if test.expected_bits >= LEAST_BITS][:TESTS]


def _test(test: NextTest) -> Content:
    return {
        "title": test.title,
        "bits": f"{number(test.expected_bits, 2)} bit",
        "because": sentence(test.because),
        "warnings": [sentence(words) for words in test.warnings],
    }


def _results(chemistry: Chemistry) -> list[Content]:
    """Latest results and derived values; what is critical first."""
    values = [*chemistry.values.values(), *chemistry.derived.values()]
    ordered = sorted((value for value in values if value.says_something), key=lambda value: not value.critical)
    return [
        {
            "name": analytes()[value.analyte].label if value.analyte in analytes() else term(value.analyte),
            "value": amount(value),
            "status": f"critically {value.status}" if value.critical and value.status else value.status or "",
            "range": _range(value),
            "critical": value.critical,
            "remark": "; ".join([*(("computed",) if value.derived else ()), *value.caveats]),
        }
        for value in ordered
    ]


def amount(value: BloodValue) -> str:
    """A result with its bound and unit, three digits; "" without a number."""
    if value.value is None:
        return ""
    bound = f"{COMPARATORS[value.comparator]}\u2009" if value.comparator else ""
    return f"{bound}{three_digits(value.value)}{NBSP}{unit_words(value.unit)}"


def unit_words(unit: str) -> str:
    """A UCUM code as people write it."""
    for code, written in UNITS.items():
        unit = unit.replace(code, written)
    return unit


def three_digits(value: float) -> str:
    """Three digits that count, never in powers of ten."""
    rounded = float(f"{value:.3g}")
    return number(rounded) if abs(rounded) >= 1000 else f"{rounded:g}"


def _range(value: BloodValue) -> str:
    if value.reference is None:
        return ""
    low, high = value.reference
    if low is None or high is None:
        return f"≥ {low:.3g}" if low is not None else f"≤ {high:.3g}" if high is not None else ""
    return f"{low:.3g}–{high:.3g}"


def _said_of(chemistry: Chemistry) -> list[str]:
    """The pattern, what changed between the dates, and notes: what a file held and was not used is never dropped."""
    pattern = _pattern(chemistry.pattern) if chemistry.values else []
    return [*pattern, *_trends(chemistry), *(sentence(words) for words in chemistry.notes)]


def _pattern(pattern: Pattern) -> list[str]:
    """The pattern in a sentence with what limits it; where none is decided, what is possible and what would decide."""
    name = PATTERNS[pattern.name] if pattern.name else "no one pattern"
    said = [sentence(f"{name}: {pattern.because}")]
    if not pattern.name:
        possible = " or ".join(PATTERNS[one] for one in pattern.possible)
        decide = enumeration([term(one) for one in pattern.would_decide[:3]])
        said += [sentence(f"possible: {possible}")] if possible else []
        said += [sentence(f"what would decide: {decide}")] if decide else []
    return [*said, *(sentence(words) for words in pattern.caveats)]


def _trends(chemistry: Chemistry) -> list[str]:
    """What rose or fell from the first to the last date."""
    return [
        sentence(
            f"{analytes()[trend.analyte].label} {trend.direction} in {trend.days} days: "
            f"{amount(trend.first)} to {amount(trend.last)}"
        )
        for trend in chemistry.trends.values()
        if trend.direction in ("rising", "falling")
    ]


def _share(probability: float) -> float:
    """Length of its bar, percent of the whole."""
    return round(100 * probability, 1)
