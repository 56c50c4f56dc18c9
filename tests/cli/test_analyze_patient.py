"""``calcimeter analyze`` with blood results, age, sex and history: what comes of them, and what is refused in time."""

from __future__ import annotations

import json
import time

import pytest

LABS = """Patient Name: SECRETSURNAME
Test,Result,Units,Reference Range,Collected,Ordering Physician,Comment
Calcium,10.9,mg/dL,8.5-10.2,05/13/2019 03:15,Dr SECRETDOCTOR,SECRETNOTE
Phosphorus,6.9,mg/dL,2.5-4.5,05/13/2019 03:15,Dr SECRETDOCTOR,
PTH Intact,>900,pg/mL,15-65,05/13/2019 03:15,Dr SECRETDOCTOR,
Zinc,70,ug/dL,60-120,05/13/2019 03:15,Dr SECRETDOCTOR,
Validated by Dr SECRETDOCTOR,05/2019,,,,,
PTH SECRETSURNAME,pending,pg/mL,,05/13/2019 03:15,,
"""


@pytest.fixture
def labs(tmp_path):
    path = tmp_path / "SECRETFILE.csv"
    path.write_text(LABS)
    return path


def test_blood_and_history_reach_the_differential_and_nothing_of_the_person_does(run, spheres, labs):
    told = ("--labs", labs, "--subject", "age=54,sex=M", "--history", "dialysis,trauma=no")
    plain = spheres.record()
    said = run("analyze", spheres.scan, "--json", *told)
    record = json.loads(said.out)

    assert said.code == 0
    assert record["chemistry"]["pattern"]["name"] == "tertiary_hyperparathyroidism"
    assert record["chemistry"]["notes"] == ["3 results of unknown analytes were not used: lines 6 to 8"]
    assert sum(row["probability"] for row in record["differential"]) == pytest.approx(1.0, abs=1e-9)
    assert record["lesions"] == plain["lesions"]
    seen = {item["finding"]: item["seen"] for item in record["differential"][0]["evidence"]}
    assert (seen["dialysis"], seen["trauma"], seen["age"], seen["sex"]) == (True, False, 54.0, "M")
    assert seen["phosphate"] == seen["pth_intact"] == "high"
    assert _probability(record) > _probability(plain)
    assert not {"ct", "radiograph_or_ct_of_bone"} & {test["test"] for test in record["next_tests"]}
    assert not any(secret in said.out + said.err for secret in ("SECRET", "2019-05", "05/13", "03:15"))


def _probability(record):
    rows = {row["diagnosis"]: row["probability"] for row in record["differential"]}
    return rows["secondary_tumoral_calcinosis"]


@pytest.mark.parametrize(
    ("told", "words"),
    [
        (("--history", "dialyses"), "dialysis"),
        (("--history", "dialysis=perhaps"), "yes or no"),
        (("--history", "dialysis,dialysis=no"), "twice"),
        (("--subject", "age=old"), "age=54"),
        (("--subject", "age=154"), "0 to 130"),
        (("--subject", "sex=W"), "M, F"),
        (("--subject", "years=54"), "age"),
        (("--labs", "no such file.csv"), "file"),
    ],
)
def test_what_is_not_understood_is_refused_before_the_scan_is_measured(run, spheres, told, words):
    began = time.monotonic()
    said = run("analyze", spheres.scan, "--json", *told)

    assert said.code == 2
    assert words in said.err
    assert "Traceback" not in said.err
    assert said.out == ""
    assert time.monotonic() - began < 3.0


def test_a_broken_file_is_refused_with_its_line_and_without_its_path(run, spheres, labs):
    labs.write_text(LABS.replace("6.9,mg/dL", "6.9,"))
    said = run("analyze", spheres.scan, "--json", "--labs", labs)

    assert said.code == 2
    assert "line 4: met phosphate without a unit" in said.err
    assert "SECRET" not in said.err


def test_a_file_of_another_sex_is_refused(run, spheres, labs):
    labs.write_text("Test,Result,Units,Sex\nCalcium,10.9,mg/dL,F\n")
    said = run("analyze", spheres.scan, "--json", "--labs", labs, "--subject", "sex=M")

    assert said.code == 2
    assert "another sex" in said.err


def test_a_file_of_which_no_result_could_be_used_is_a_caveat(run, spheres, labs):
    labs.write_text("Test,Result,Units\nZinc,12,umol/L\n")
    said = json.loads(run("analyze", spheres.scan, "--json", "--labs", labs).out)
    assert "BLOOD_NOT_USED" in {one["code"] for one in said["caveats"]}
    labs.write_text("Test,Result,Units\nCalcium,10.9,mg/dL\n")
    said = json.loads(run("analyze", spheres.scan, "--json", "--labs", labs).out)
    assert "BLOOD_NOT_USED" not in {one["code"] for one in said["caveats"]}
