"""``calcimeter rank`` and ``calcimeter knowledge`` as a shell calls them."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from calcimeter.knowledge.vocabulary import vocabulary

CASE = """\
subject: {age_years: 54, sex: M}
history: {chronic_kidney_disease: true, gait_disturbance: true}
findings: {periarticular: true, multilobulated: true, fluid_calcium_level: true}
sites: [hip, sternum]
labs:
  - {analyte: phosphate, value: 2.6, unit: mmol/L}
  - {analyte: calcium, value: 15.2, unit: mg/dL}
"""


@pytest.fixture
def case_file(tmp_path):
    path = tmp_path / "case.yaml"
    path.write_text(CASE, encoding="utf-8")
    return path


def test_json_has_every_diagnosis_and_what_the_contract_names(run, case_file):
    code, out, err = run("rank", case_file, "--json")
    said = json.loads(out)
    assert (code, err) == (0, "")
    assert {"differential", "red_flags", "next_tests", "chemistry", "prior"} <= set(said)
    assert said["prior"] == "referral"
    names = [row["diagnosis"] for row in said["differential"]]
    assert sorted(names) == sorted([*vocabulary()["diagnoses"], "none_of_these"])
    assert names[0] == "secondary_tumoral_calcinosis"
    assert sum(row["probability"] for row in said["differential"]) == pytest.approx(1, abs=1e-9)
    for row in said["differential"]:
        assert sum(item["weight"] for item in row["evidence"]) == pytest.approx(row["score"], abs=1e-9)
        assert {key for item in row["evidence"] for key in item["source"].split(", ")} <= set(said["sources"])
    assert said["red_flags"][0]["flag"] == "critical_result"
    assert {"test", "expected_bits", "because"} <= set(said["next_tests"][0])
    assert said["not_weighed"] == ["gait_disturbance"]


def test_what_of_the_blood_is_set_aside_is_said_without_a_date(run, tmp_path):
    path = tmp_path / "treated.yaml"
    later = "  - {analyte: phosphate, value: 1.1, unit: mmol/L, date: 2020-01-01}\n"
    first = "  - {analyte: phosphate, value: 2.6, unit: mmol/L, date: 2019-01-01}\n"
    operated = "treatments: [{what: parathyroidectomy, date: 2019-06-01}]\n"
    path.write_text(f"{CASE.partition('labs')[0]}labs:\n{first}{later}{operated}", encoding="utf-8")
    out, record = run("rank", path).out, json.loads(run("rank", path, "--json").out)
    said = "set aside in the ranking, for results after treatment do not tell the cause: phosphate (1)"
    assert f"Blood: {said}" in out.splitlines()
    assert record["chemistry"]["notes"] == [said]
    assert record["chemistry"]["pattern"]["because"].startswith("calcium not known, phosphate high")
    assert record["chemistry"]["pattern_now"]["because"].startswith("calcium not known, phosphate normal")
    assert record["chemistry"]["before_treatment"]["values"]["phosphate"]["value"] == 2.6
    assert "2019" not in out
    assert record["chemistry"]["values"]["phosphate"]["status"] == "normal"  # the latest; what is weighed is high


def test_the_shell_shows_reasons_flags_and_next_tests(run, case_file):
    code, out, _ = run("rank", case_file)
    assert code == 0
    lines = out.splitlines()
    assert "research use only" in lines[0]
    assert lines[1].startswith("! critical result: calcium")
    assert "secondary tumoral calcinosis" in lines[2]
    assert "fluid calcium level +" in lines[3]
    assert any(line.startswith("Next:") for line in lines)
    assert max(len(line) for line in lines) < 400


def test_blood_taken_after_treatment_says_nothing_of_the_cause(run, tmp_path):
    def ranked(*, treated: bool):
        case = {
            "subject": {"age_years": 54, "sex": "M"},
            "sites": ["hip"],
            "labs": [
                {"analyte": "phosphate", "value": 2.4, "unit": "mmol/L", "date": "2019-01-02"},
                {"analyte": "phosphate", "value": 1.1, "unit": "mmol/L", "date": "2019-08-02"},
            ],
        }
        if treated:
            case["treatments"] = [{"what": "parathyroidectomy", "date": "2019-02-01"}]
        path = tmp_path / f"{treated}.json"
        path.write_text(json.dumps(case), encoding="utf-8")
        out = json.loads(run("rank", path, "--json").out)
        return {e["finding"]: e["seen"] for row in out["differential"] for e in row["evidence"]}, out["chemistry"]

    seen, chemistry = ranked(treated=True)
    assert seen["phosphate"] == "high"
    assert chemistry["values"]["phosphate"]["status"] == "normal"  # the latest is shown all the same
    assert ranked(treated=False)[0]["phosphate"] == "normal"


def test_the_prior_changes_the_answer_and_an_unknown_one_is_wrong_usage(run, case_file):
    answers = [run("rank", case_file, "--json", "--prior", prior).out for prior in ("referral", "dialysis", "uniform")]
    assert len(set(answers)) == 3
    code, out, err = run("rank", case_file, "--prior", "everyone")
    assert (code, out) == (2, "")
    assert "referral, unselected, dialysis, uniform" in err


def test_the_same_case_gives_the_same_bytes(run, case_file):
    assert run("rank", case_file, "--json").out == run("rank", case_file, "--json").out


def test_an_unknown_term_is_one_line_that_names_the_nearest(run, tmp_path):
    path = tmp_path / "SECRETNAME.yaml"
    path.write_text("history: {dialisis: true}", encoding="utf-8")
    code, out, err = run("rank", path)
    assert (code, out) == (2, "")
    assert "nearest: dialysis" in err
    assert err.count("\n") == 1
    assert "SECRETNAME" not in err


def test_changed_knowledge_is_used(run, case_file, tmp_path):
    from importlib.resources import files

    text = files("calcimeter.knowledge").joinpath("ranking", "priors.toml").read_text(encoding="utf-8")
    path = tmp_path / "priors.toml"
    path.write_text(text.replace("lapse = {value = 0.02", "lapse = {value = 0.5"), encoding="utf-8")
    own, changed = (
        json.loads(run("rank", case_file, "--json", *more).out)["differential"][0]["probability"]
        for more in ((), ("--knowledge", path))
    )
    assert changed < own - 0.3


def test_knowledge_is_checked_and_shown(run, tmp_path):
    code, out, _ = run("knowledge", "check")
    assert code == 0
    assert "22 diagnoses" in out
    path = tmp_path / "sites.toml"
    path.write_text("blur = 2", encoding="utf-8")
    code, out, err = run("knowledge", "check", path)
    assert (code, out) == (2, "")
    assert "sites" in err
    assert run("knowledge", "show").out.startswith("# What the ranking believes")
    assert json.loads(run("knowledge", "check", "--json").out)["consistent"] is True


@pytest.mark.parametrize("verb", ["check", "show"])
def test_the_options_of_every_command_stand_before_and_behind_the_verb_of_knowledge(run, verb):
    behind = run("knowledge", verb, "--json", "--quiet", "--force")

    assert behind.code == 0
    assert json.loads(behind.out)
    assert run("knowledge", "--json", "--quiet", "--force", verb) == behind
    assert run("knowledge", "--json").code == 2


@pytest.mark.parametrize("verb", ["check", "show"])
def test_every_help_of_knowledge_shows_an_example(run, verb):
    assert f"calcimeter knowledge {verb}" in run("knowledge", verb, "--help").out


def test_rank_answers_in_half_a_second_and_imports_nothing_heavy(case_file):
    """Processor time, for the machine may be busy with other things."""
    script = (
        "import sys; sys.argv = ['calcimeter', 'rank', sys.argv[1], '--json']\n"
        "from calcimeter.cli import main; main()\n"
        "print(*{name.split('.')[0] for name in sys.modules} & {'numpy', 'scipy', 'pydicom'}, file=sys.stderr)"
    )
    before = os.times()
    done = subprocess.run([sys.executable, "-c", script, case_file], capture_output=True, text=True, check=True)
    after = os.times()
    assert done.stderr.strip() == ""
    assert after.children_user + after.children_system - before.children_user - before.children_system < 0.5
