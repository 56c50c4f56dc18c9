"""From a case file to one picture of the patient: every study by ``pipeline``, then what they show together.

each study:  load -> analyze -> compare with the CT of its region before it
together:    deposits, findings, chemistry -> differential -> time line
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from calcimeter import __version__
from calcimeter.case.caveats import case_caveats
from calcimeter.case.days import counted_from, days_from, first_of, is_order_known
from calcimeter.case.deposits import join_deposits
from calcimeter.case.facts import with_facts
from calcimeter.case.findings import gather_findings, sides_contradict, with_deposits
from calcimeter.case.left import is_nothing_left
from calcimeter.case.patients import OF_ANOTHER, are_several, is_of_another, patient_of
from calcimeter.case.regions import last_of_region, region_contradicted
from calcimeter.case.results import studies_of
from calcimeter.case.timeline import draw_up
from calcimeter.errors import AmbiguousSeries, CalcimeterError, Refused, UsageError
from calcimeter.follow.analysis_result import result_of
from calcimeter.follow.keep import with_comparison
from calcimeter.follow.response import compare_studies
from calcimeter.follow.series import compare_series
from calcimeter.intake import Options
from calcimeter.knowledge.read_network import shipped_knowledge
from calcimeter.load.case_entries import Entry, case_entries, problems_of, told_in
from calcimeter.load.result import load_result
from calcimeter.model.analysis import CTAnalysis
from calcimeter.model.case import Case, presented, taken_after
from calcimeter.model.case_result import CaseResult, CaseStudy, FollowUp, StudyPair
from calcimeter.model.caveat import caveat
from calcimeter.model.chemistry import Chemistry
from calcimeter.model.differential import with_latest_criticals
from calcimeter.model.result import StudyResult
from calcimeter.model.scintigram import ScintigraphyAnalysis
from calcimeter.pipeline import Analysis, analyze
from calcimeter.progress import step
from calcimeter.reason.findings import merge_findings
from calcimeter.reason.next_tests import without_deposit
from calcimeter.reason.presentation import chemistry_at_presentation, chemistry_of, labs_at_presentation
from calcimeter.reason.rank import rank

Deliver = Callable[[CaseStudy, Analysis], None]
"""What is done with a study once it is analyzed; afterwards its scan is let go."""

Blood = tuple[Chemistry | None, Chemistry | None]
"""Of all results, and of those before treatment; None without results."""


@dataclass(slots=True)
class _Progress:
    """What is known while studies are gone through, in the order of their days.

    ``patient``: a digest of whose they are to be, "" where no header says; None where the case file calls them one
    person's, whatever headers say.
    """

    patient: str | None
    studies: dict[int, CaseStudy] = field(default_factory=dict)
    pairs: list[StudyPair] = field(default_factory=list)
    results: dict[int, StudyResult] = field(default_factory=dict)
    codes: set[str] = field(default_factory=set)
    regions_differ: list[str] = field(default_factory=list)


def analyze_case(case: Case, folder: Path, deliver: Deliver = lambda _study, _analysis: None) -> CaseResult:
    """Analyze every study of a case and bring them together; writes nothing itself.

    Parameters
    ----------
    case : Case
        From ``load_case``; its paths are relative to ``folder``.
    deliver : callable
        Called with every study that was measured and its analysis, which is let go afterwards.

    Raises
    ------
    UsageError
        The case names no study, or a path that is not there; or as many studies are of one patient as of another.
    Refused
        None of the studies could be measured.
    """
    entries = case_entries(case, folder)
    _chemistry(case, None)  # what is wrong with it is said before the work
    done = _begun(case, entries)
    for entry in sorted(entries, key=_when):
        _analyze_one(entry, done, deliver)
    first = _first_day(case, entries, done)
    studies = tuple(_counted(done.studies[entry.study.id], days_from(first, entry.date)) for entry in entries)
    if not any(study.measured for study in studies):
        raise Refused(f"none of {len(studies)} studies could be measured; the first: {studies[0].reason}")
    return _together(case, studies, first, done)


def follow_up(folders: Sequence[Path]) -> FollowUp:
    """What became of a patient's deposits over three dates or more, from output folders of ``calcimeter analyze``.

    Raises
    ------
    UsageError
        A folder is none of ``calcimeter analyze``, they are not in the order of their dates, or of several patients.
    Refused
        Two consecutive ones can't be compared truthfully.
    """
    loaded = [step("load", load_result, folder) for folder in folders]
    results, comparisons = step("compare", compare_series, loaded)
    first = first_of(result.date for result in results)
    studies = studies_of(results, [days_from(first, result.date) for result in results])
    pairs = tuple(
        StudyPair(number, number + 1, comparison, folder=f"{number:02d}-{number + 1:02d}")
        for number, comparison in enumerate(comparisons, start=1)
    )
    deposits = join_deposits(studies, pairs, ())
    return FollowUp(studies, deposits, pairs, draw_up(studies, deposits, pairs, None, ()))


def _begun(case: Case, entries: Sequence[Entry]) -> _Progress:
    """Before the first study: whose they are, and what case file and headers give reason to."""
    studies, codes = [entry.study for entry in entries], set(problems_of(entries))
    if not case.one_patient:
        return _Progress(patient_of(studies), codes=codes)
    return _Progress(None, codes=codes | ({"CASE_PATIENTS_DIFFER"} if are_several(studies) else set()))


def _first_day(case: Case, entries: Sequence[Entry], done: _Progress) -> dt.date | None:
    """Day 0: of the patient's own first study, not of one that was left out; of the first blood result without any."""
    own = [entry for entry in entries if not done.studies[entry.study.id].is_left_out]
    return first_of(entry.date for entry in own) or first_of(lab.date for lab in case.labs)


def _counted(study: CaseStudy, day: int | None) -> CaseStudy:
    """With its day; the days of somebody else are none of the patient's."""
    return replace(study, day=None if study.is_left_out else day)


def _when(entry: Entry) -> tuple[bool, int, int]:
    """By day; those without one last, in the order of the file."""
    return entry.study.day is None, entry.study.day or 0, entry.study.id


def _analyze_one(entry: Entry, done: _Progress, deliver: Deliver) -> None:
    """One study, compared with the CT of its region before it; refused ones keep their reason."""
    study = entry.study if done.patient is not None else replace(entry.study, patient="")
    if is_of_another(study, done.patient):
        return _leave_out(study, done)
    try:
        analysis = step(f"study {study.id}", _analyzed, entry)
    except CalcimeterError as error:
        done.studies[study.id] = replace(study, reason=_reason(error))
        return None
    told = told_in(_header(analysis))
    if done.patient is not None:
        study = replace(study, patient=told.patient or study.patient)
    if told.is_test_object:
        done.codes.add("CASE_OF_TEST_OBJECT")
    if is_of_another(study, done.patient):  # a folder can hold images of another than its first file is of
        return _leave_out(study, done)
    study = with_facts(study, analysis)
    if entry.date is not None and told.date not in (None, entry.date):
        done.codes.add("CASE_DAYS_DIFFER")  # a folder can hold another study than its first file is of
    if differs := region_contradicted(study, shipped_knowledge().sites.near):
        study = replace(study, region=None)
        done.regions_differ.append(differs)
    if isinstance(analysis, CTAnalysis):
        analysis = _compared(analysis, entry, study, done)
        study = with_facts(study, analysis)
    study = replace(study, folder=f"studies/{study.id:02d}-{study.kind}")
    done.studies[study.id] = study
    return deliver(study, analysis)


def _leave_out(study: CaseStudy, done: _Progress) -> None:
    done.studies[study.id] = replace(study, reason=OF_ANOTHER, is_left_out=True)
    done.codes.add("CASE_OTHER_PATIENT")


def _reason(error: CalcimeterError) -> str:
    """Why a study was refused; the message of a tie names UIDs of the source, which no report of a case may hold."""
    if isinstance(error, AmbiguousSeries):
        return "several series are equally good; name a folder that holds the one to measure"
    return str(error)


def _header(analysis: Analysis) -> bytes:
    """Of the images that were measured; b"" where they were not DICOM."""
    if isinstance(analysis, CTAnalysis):
        return analysis.study.headers[0] if analysis.study.headers else b""
    return analysis.study.early.header if isinstance(analysis, ScintigraphyAnalysis) else analysis.study.header


def _analyzed(entry: Entry) -> Analysis:
    """Measured and not ranked: a case has one differential."""
    options: Options = {}
    if len(entry.paths) == 2:
        options["delayed"] = entry.paths[1]
    if entry.at:
        options["at"] = entry.at
    if entry.box:
        options["box"] = entry.box
    analysis = analyze(entry.paths[0], **options)
    if isinstance(analysis, ScintigraphyAnalysis):
        return analysis
    kept = {one for one in analysis.caveats if one.code != "DIFFERENTIAL_NOT_COMPUTED"}
    caveats = tuple(sorted({*kept, caveat("DIFFERENTIAL_OF_THE_CASE")}))
    return replace(analysis, differential=None, chemistry=None, caveats=caveats)


def _compared(analysis: CTAnalysis, entry: Entry, study: CaseStudy, done: _Progress) -> CTAnalysis:
    """With the last CT of the same region before it; what can't be compared stands alone, with the reason."""
    own = result_of(analysis, study.patient, entry.date)
    before = (one for one in done.studies.values() if one.id in done.results)
    last = last_of_region(study, before, shipped_knowledge().sites.near)
    if last is not None:
        earlier = last.id
        try:
            _check_order(done.studies[earlier], study)
            comparison = step("compare", compare_studies, done.results[earlier], own)
        except CalcimeterError as error:
            done.pairs.append(StudyPair(earlier, study.id, None, str(error)))
        else:
            folder = f"comparisons/{earlier:02d}-{study.id:02d}"
            done.pairs.append(StudyPair(earlier, study.id, comparison, folder=folder))
            analysis = with_comparison(analysis, comparison)
            own = result_of(analysis, study.patient, entry.date)
    done.results[study.id] = own
    return analysis


def _check_order(earlier: CaseStudy, later: CaseStudy) -> None:
    """Growth read backward is healing: without both days nothing is said."""
    undated = [study.id for study in (earlier, later) if study.day is None]
    if undated:
        raise UsageError(f"the day of study {undated[0]} is not known, nor which came first; give its `date`")


def _together(case: Case, studies: tuple[CaseStudy, ...], first: dt.date | None, done: _Progress) -> CaseResult:
    """One picture from all studies, blood results and history."""
    pairs, knowledge = tuple(done.pairs), shipped_knowledge()
    near = knowledge.sites.near
    deposits = join_deposits(studies, pairs, near)
    measured = gather_findings(studies, deposits, near)
    chemistry, at_presentation = _chemistry(case, first)
    complete = with_deposits(case, deposits, studies)
    explains = bool(deposits or case.sites or any(lesion.site for lesion in case.lesions))
    treatments = tuple((one.what, days_from(first, one.date)) for one in case.treatments)
    timeline = draw_up(studies, deposits, pairs, chemistry, treatments)
    if is_nothing_left(case, studies, deposits, timeline):
        knowledge = without_deposit(knowledge)
    differential = (
        step("differential", rank, complete, measured, at_presentation, knowledge=knowledge) if explains else None
    )
    sides = sides_contradict(case, deposits, studies)
    later, weighed = taken_after(case.labs, case.treatments), labs_at_presentation(case)
    all_later = bool(case.labs) and later == case.labs
    met = {
        "CASE_READER_SIDE_DIFFERS": bool(sides),
        "CASE_REGION_DIFFERS": bool(done.regions_differ),
        "CASE_BLOOD_AFTER_TREATMENT": all_later,
        "CASE_BLOOD_PARTLY_AFTER_TREATMENT": not all_later and not set(later).isdisjoint(weighed),
        "CASE_BLOOD_ORDER_UNKNOWN": not is_order_known(case.labs, case.treatments),
        "DIFFERENTIAL_NOT_COMPUTED": differential is None,
    }
    codes = frozenset(code for code, holds in met.items() if holds)
    return CaseResult(
        case=case,
        studies=studies,
        deposits=deposits,
        comparisons=pairs,
        chemistry=chemistry,
        at_presentation=at_presentation,
        findings=differential.findings if differential else merge_findings(case.findings, measured),
        differential=differential,
        red_flags=with_latest_criticals(differential.red_flags if differential else (), chemistry),
        treatments=treatments,
        timeline=timeline,
        contradictions=(*sides, *done.regions_differ),
        caveats=case_caveats(studies, deposits, pairs, codes | done.codes),
        version=__version__,
    )


def _chemistry(case: Case, first: dt.date | None) -> Blood:
    """All blood results, and those before treatment; days from the first study."""
    if not case.labs:
        return None, None
    patient = presented(case) if first is None else replace(presented(case), aged_on=first)
    of_all, before = chemistry_of(patient), chemistry_at_presentation(patient)
    return (
        counted_from(of_all or Chemistry(), case.labs, first),
        counted_from(before or Chemistry(), labs_at_presentation(case), first),
    )
