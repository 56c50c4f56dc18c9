"""Reading case reports: denials behind and around a term, and what was put off, refused or is over."""

from __future__ import annotations

import pytest

from calcimeter.load.case_text import CaseReading, read_with_reasons

BEFORE = "A 48-year-old man had a hard nodule of the left hip. "


def _reading(said: str) -> CaseReading:
    return read_with_reasons(BEFORE + said)


@pytest.mark.parametrize(
    ("said", "term"),
    [
        ("Dialysis was never required.", "dialysis"),
        ("Dialysis wasn't needed.", "dialysis"),
        ("Dialysis had not been started.", "dialysis"),
        ("Dialysis has not so far been required.", "dialysis"),
        ("Dialysis: never.", "dialysis"),
        ("At no time was dialysis required.", "dialysis"),
        ("Diabetes was never diagnosed.", "diabetes"),
        ("He was non-diabetic.", "diabetes"),
        ("Raynaud phenomenon was never observed.", "raynaud"),
        ("Radiotherapy was never given.", "radiotherapy"),
        ("Fever never occurred.", "fever"),
        ("Fever did not occur.", "fever"),
        ("Nobody had noticed fever.", "fever"),
        ("Absent was any fever.", "fever"),
        ("Muscle weakness had not developed.", "muscle_weakness"),
        ("Great toe malformation was never noticed.", "great_toe_malformation"),
        ("A history of trauma was missing.", "trauma"),
        ("There had been no fall or blow before.", "trauma"),
        ("Trauma before the onset was denied.", "trauma"),
        ("Vitamin D supplements were never prescribed.", "vitamin_d_intake"),
        ("Weight loss was not an issue.", "weight_loss"),
    ],
)
def test_a_denial_behind_its_term_denies_it(said: str, term: str) -> None:
    assert _reading(said).case.history[term] is False


@pytest.mark.parametrize(
    ("said", "term"),
    [
        ("Bone erosion could be excluded.", "bone_erosion"),
        ("Erosion was nowhere to be seen.", "bone_erosion"),
        ("CT never showed erosion.", "bone_erosion"),
        ("Chondrocalcinosis was missing.", "chondrocalcinosis"),
        ("Fluid-calcium levels were looked for in vain.", "fluid_calcium_level"),
        ("Vascular calcifications were conspicuously absent.", "vascular_calcification"),
        ("Zonal ossification was not yet apparent.", "zonal_pattern"),
    ],
)
def test_a_finding_that_was_excluded_or_missing_was_not_there(said: str, term: str) -> None:
    assert _reading(said).case.findings[term] is False


@pytest.mark.parametrize(
    ("said", "term"),
    [
        ("He refused dialysis.", "dialysis"),
        ("Dialysis was declined by the patient.", "dialysis"),
        ("Dialysis could be avoided.", "dialysis"),
        ("He is a pre-dialysis patient.", "dialysis"),
        ("Dialysis had not yet become necessary.", "dialysis"),
        ("Dialysis was not begun until 2015.", "dialysis"),
        ("No dialysis until 2015.", "dialysis"),
        ("Dialysis, which he never needed, was explained to him.", "dialysis"),
        ("Without dialysis he would have died.", "dialysis"),
        ("A fistula was made for future dialysis.", "dialysis"),
        ("He received a kidney transplant 6 years ago. Dialysis was stopped thereafter.", "dialysis"),
        ("He was on dialysis for years. Dialysis was stopped after transplantation in 2010.", "dialysis"),
        ("He was on dialysis until 2010.", "dialysis"),
        ("He was formerly on dialysis.", "dialysis"),
        ("Dialysis has since been terminated.", "dialysis"),
        ("Warfarin was contraindicated.", "warfarin"),
        ("Warfarin had been discontinued five years before.", "warfarin"),
        ("Warfarin was never part of his medication.", "warfarin"),
        ("A biopsy was refused.", "biopsy"),
        ("Dental anomalies were sought but not found.", "dental_anomaly"),
        ("Trauma is not on record.", "trauma"),
        ("Fever was not measured.", "fever"),
        ("He was never without pain.", "pain"),
        ("Parathyroidectomy had never been done.", "parathyroidectomy"),
        ("Kidney transplantation was refused.", "kidney_transplant"),
        ("Dialysis for renal failure was never required.", "chronic_kidney_disease"),
    ],
)
def test_what_can_be_read_in_two_ways_is_left_open_and_listed_with_its_place(said: str, term: str) -> None:
    reading = _reading(said)
    places = [one.place for one in reading.left_out if one.what == f"history.{term}"]

    assert term not in reading.case.history
    assert places
    assert all(place[0] >= len(BEFORE) for place in places)


@pytest.mark.parametrize(
    ("said", "term"),
    [
        ("He had fever and was never seen by a doctor.", "fever"),
        ("He had diabetes and never developed neuropathy.", "diabetes"),
        ("He had gout, and neither fever nor trauma.", "gout"),
        ("He had never missed dialysis.", "dialysis"),
        ("Hemodialysis via a fistula was not interrupted.", "dialysis"),
        ("He was on dialysis and refused parathyroidectomy.", "dialysis"),
        ("He has been on dialysis for ten years; warfarin was stopped last year.", "dialysis"),
        ("Peritoneal dialysis was stopped. He is now on hemodialysis.", "dialysis"),
        ("The pain was never severe.", "pain"),
        ("He had pain on walking, never at rest.", "pain"),
        ("He never had anything but pain.", "pain"),
        ("Dialysis was started in 2010.", "dialysis"),
        ("The patient on hemodialysis declined surgery.", "dialysis"),
        ("Renal failure on hemodialysis for 8 years, parathyroidectomy refused.", "dialysis"),
        ("She had undergone hip arthroplasty, and dialysis was refused.", "arthroplasty"),
        ("He was on warfarin. Skin ulcers appeared. Warfarin was stopped.", "warfarin"),
    ],
)
def test_a_denial_of_something_else_denies_nothing(said: str, term: str) -> None:
    assert _reading(said).case.history[term] is True
