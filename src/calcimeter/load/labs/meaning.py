"""Which analyte a code and a name mean together. A code decides; a name that says otherwise is refused."""

from __future__ import annotations

from collections.abc import Iterable

from calcimeter.errors import AmbiguousResult
from calcimeter.knowledge.analyte_names import Match, by_loinc, by_name, says_blood, says_other, says_urine


def named_match(name: str, specimen: str) -> Match | None:
    """What a name means in a specimen ("" where none is said); None where that is not known.

    A specimen without a letter is the number of a sample. "Blood in urine" and "blood-stained synovial fluid" are no
    blood.
    """
    if not any(letter.isalpha() for letter in specimen):
        return by_name(name)
    if says_other(specimen) or (says_blood(specimen) and says_urine(specimen)):
        return None
    if says_blood(specimen):
        return by_name(name)
    return by_name(f"{name} urine") if says_urine(specimen) else None


def coded_match(codes: Iterable[str], name: str, specimen: str, where: str) -> Match | None:
    """What LOINC codes mean; None where none of them is known, whatever the name says.

    Raises
    ------
    AmbiguousResult
        The codes, the name and the specimen contradict each other.
    """
    found = {match for code in codes if (match := by_loinc(code)) is not None}
    if not found:
        return None
    terms = sorted({match.term for match in found})
    if len(found) > 1:
        raise AmbiguousResult(f"{where}: met codes of different results ({', '.join(terms)}), expected those of one")
    coded = found.pop()
    if coded.specimen == "blood" and (says_urine(specimen) or says_urine(name)):
        raise AmbiguousResult(f"{where}: met the code of {coded.term} in blood on a sample of urine")
    if says_other(specimen):
        raise AmbiguousResult(
            f"{where}: met the code of {coded.term} in {coded.specimen} on a sample of something else"
        )
    named = by_name(name)
    if named is not None and _contradict(coded, named):
        raise AmbiguousResult(f"{where}: met the code of {_said(coded)} beside the name of {_said(named)}")
    return coded


def _contradict(coded: Match, named: Match) -> bool:
    """A name may say less than the code, not something else."""
    if coded.specimen == "urine":
        return named.term != coded.term
    if named.term == "calcium" and not named.is_total:
        return not coded.term.startswith("calcium")
    return (named.term, named.annotation, named.specimen) != (coded.term, coded.annotation, coded.specimen)


def _said(match: Match) -> str:
    return f"{match.term} nitrogen" if match.annotation == "N" else match.term
