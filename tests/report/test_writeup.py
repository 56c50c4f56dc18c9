"""Drafts of case reports: every sentence comes from fields, every number is one of them, and nothing else gets in."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from builders import SECRETS
from calcimeter.errors import OutputExists, UnreadableInput, UnsupportedStudy, UsageError
from calcimeter.load.written import load_written
from calcimeter.model.caveat import TEXTS
from calcimeter.report.wording import _SMALL_NUMBERS
from calcimeter.report.writeup.facts import Fact
from calcimeter.report.writeup.material import _narrow, material_of
from calcimeter.report.writeup.words import Words, amount, digits, listed, say, share
from calcimeter.report.writeup.write import FORMS, write_draft
from report.drafted import CT, write_a_case, write_ct, write_neck, write_radiograph

MAKERS = {
    "ct": write_ct,
    "nothing found": lambda folder: write_ct(folder, lesions=False),
    "scintigraphy": write_neck,
    "no focus": lambda folder: write_neck(folder, "scintigraphy-negative"),
    "ectopic": lambda folder: write_neck(folder, "scintigraphy-ectopic"),
    "radiograph": write_radiograph,
    "radiograph in pixels": lambda folder: write_radiograph(folder, plane="none", side=None),
    "empty radiograph": lambda folder: write_radiograph(folder, deposits=0),
    "case": write_a_case,
}
NUMBER = re.compile(r"\d[\d\u202f]*(?:\.\d+)?")
WORDS = re.compile(rf"\b({'|'.join(_SMALL_NUMBERS[1:])})\b", re.IGNORECASE)
SCALES = (1.0, 1e-3, 1e-6, 100.0)
"""As measured; mL, L and grams; percent."""


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """Drafts by result and form, with the documents that they come from; each made once."""
    kept: dict[tuple[str, str], tuple[Path, Path]] = {}

    def make(result: str, form: str) -> tuple[Path, Path]:
        if (result, form) not in kept:
            folder = tmp_path_factory.mktemp("drafts")
            source = MAKERS[result](folder / "source")
            write_draft(load_written(source), form, folder / "draft")
            kept[result, form] = source, folder / "draft"
        return kept[result, form]

    return make


def sources_of(draft: Path) -> dict[str, Any]:
    return json.loads((draft / "sources.json").read_text(encoding="utf-8"))


def at(source: Path, address: str) -> Any:
    """The value at a field's address, found here anew; None where a step is not there."""
    file, _, pointer = address.partition("#")
    value = json.loads((source / file).read_text(encoding="utf-8"))
    for step in pointer.split("/")[1:]:
        step = step.replace("~1", "/").replace("~0", "~")
        if isinstance(value, list):
            value = value[int(step)] if int(step) < len(value) else None
        else:
            value = None if value is None else value.get(step)
    return value


def numbers_in(text: str) -> list[tuple[float, int]]:
    """Every number with its decimal places; number words too."""
    found = [(text_, text_.replace("\u202f", "")) for text_ in NUMBER.findall(text)]
    told = [(float(plain), len(plain.partition(".")[2])) for _, plain in found]
    return told + [(float(_SMALL_NUMBERS.index(word.lower())), 0) for word in WORDS.findall(text)]


def is_of(number: float, places: int, value: Any) -> bool:
    """Whether a number is what a field says, in one of the scales, to its last digit."""
    if isinstance(value, str):
        return (number, places) in numbers_in(value)
    exact = float(len(value)) if isinstance(value, list | dict) else abs(float(value))
    return any(abs(number - exact * scale) <= 0.5 * 10.0**-places + 1e-9 for scale in SCALES) or (
        places == 0 and number >= 100 and abs(number - exact) <= 0.005 * exact  # three digits of a blood result
    )


def is_told(shown: str, number: float, places: int, value: Any) -> bool:
    """Whether a number is what a field says, or a bound of the probability there: "< 1 %"."""
    bounds = {"<": number > 100 * value, ">": number < 100 * value} if isinstance(value, float) else {}
    return bounds[shown[0]] if shown[0] in bounds else is_of(number, places, value)


# --- traceable -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("result", MAKERS)
def test_every_number_of_a_sentence_is_in_the_field_it_points_to(made, result, form):
    source, draft = made(result, form)
    for sentence in sources_of(draft)["sentences"]:
        text, at_letter, rest = sentence["text"].lower(), 0, ""
        assert sentence["fields"], sentence["text"]
        for field in sentence["fields"]:
            shown, value = field["shown"], at(source, field["field"])
            assert field.get("value", field.get("length")) == (len(value) if isinstance(value, list | dict) else value)
            where = text.find(shown.lower(), at_letter)
            assert where >= 0, sentence
            rest, at_letter = f"{rest}{text[at_letter:where]} ", where + len(shown)
            assert all(value is not None and is_told(shown, *number, value) for number in numbers_in(shown)), field
        assert not numbers_in(rest + text[at_letter:]), sentence


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("result", MAKERS)
def test_the_draft_holds_every_sentence_and_no_other(made, result, form):
    import docx

    _, draft = made(result, form)
    told = sources_of(draft)
    markdown = re.sub(r"\\([\\`*_\[\]<>#|])", r"\1", (draft / "draft.md").read_text(encoding="utf-8"))
    word = "\n".join(paragraph.text for paragraph in docx.Document(draft / "draft.docx").paragraphs)
    for text in (markdown, word):
        for sentence in told["sentences"]:
            assert sentence["text"] in text
        for asked in told["to_supply"]:
            assert text.count(asked["what"]) >= 2  # in its section, and in the list at the end
    body = markdown.split("## What you must still supply")[0]
    for sentence in sorted(told["sentences"], key=lambda one: -len(one["text"])):
        body = body.replace(sentence["text"], "")
    left = [line for line in body.splitlines() if line.strip(" -") and not re.match(r"#|>|\*|!\[|\*\*Figure", line)]
    assert left == []


@pytest.mark.parametrize("form", FORMS)
def test_no_identifier_and_no_date_gets_in(made, form):
    for result in MAKERS:
        source, draft = made(result, form)
        texts = [(draft / name).read_text(encoding="utf-8") for name in ("draft.md", "sources.json")]
        uids = set(re.findall(r'"(\d+\.[\d.]{10,})"', "".join(p.read_text() for p in source.rglob("*.json"))))
        for text in texts:
            assert not any(secret in text for secret in (*SECRETS, *uids))
            assert not re.search(r"\d{4}-\d{2}-\d{2}|\b(19|20)\d{6}\b|2\.25\.", text)


def test_a_sentence_with_an_unknown_part_is_not_said():
    nothing = Fact("a.json", "/x", None)
    assert say("It is {long}", long=digits(nothing)) is None
    assert digits(nothing["y"][0]) is None
    assert listed([]) is None
    assert share(Fact("a.json", "/p", 0.004)).text == "<\u00a01\u00a0%"
    volume = amount(Fact("a.json", "/v", {"value": 13650.0, "low": None, "high": None}))
    assert volume.text == "13.7\u00a0mL" and [one.fact.pointer for one in volume.shown] == ["/v/value"]  # noqa: PT018


# --- truth ---------------------------------------------------------------------------------------------------------


def test_none_is_never_said_alone(made):
    texts = {name: (made(name, "eurorad")[1] / "draft.md").read_text(encoding="utf-8") for name in MAKERS}
    none = [line for line in texts["nothing found"].splitlines() if re.search(r"\bno calcification", line)]
    assert none
    assert all("larger than" in line for line in none)
    assert "does not exclude" in texts["empty radiograph"]
    assert texts["empty radiograph"].splitlines()[0] == "# Radiograph of the pelvis"


@pytest.mark.parametrize("edit", [{"action": "reject", "category": None}, {"action": "set", "category": "bone"}])
def test_none_after_a_rejection_is_told_with_the_rejection(tmp_path, edit):
    out = write_ct(tmp_path / "out", lesions=False)
    record = json.loads((out / "analysis.json").read_text())
    record["provenance"]["edits"] = [{"tracking_uids": ["2.25.1"], "side": None, "label": None, "why": "", **edit}]
    (out / "analysis.json").write_text(json.dumps(record))
    draft = write_draft(load_written(out), "eurorad", tmp_path / "draft")
    (none,) = [words.text for _, words in draft.sentences() if words.text.startswith("It shows no calc")]
    assert none.endswith("; what a reader rejected is left out.")


def test_a_border_that_was_not_found_is_told_apart_from_a_shadow_like_bone(tmp_path):
    told = {}
    for code in ("OUTLINE_NOT_FOUND", "RADIOGRAPH_SUSPECTS"):
        write_radiograph(tmp_path / code, deposits=0, caveats=(code,))
        draft = write_draft(load_written(tmp_path / code), "eurorad", tmp_path / f"draft-{code}")
        told[code] = " ".join(words.text for _, words in draft.sentences())
    assert "No border could be found of one shadow that a reader pointed to" in told["OUTLINE_NOT_FOUND"]
    assert "told from bone" not in told["OUTLINE_NOT_FOUND"]
    assert "One shadow could not be told from bone" in told["RADIOGRAPH_SUSPECTS"]


def test_what_speaks_against_the_size_of_a_radiograph_s_deposit_is_told(made):
    text = (made("radiograph in pixels", "care")[1] / "draft.md").read_text(encoding="utf-8")
    assert "Deposit 1: The deposit reaches the border of the exposed image" in text


def test_an_unknown_side_and_an_unknown_length_are_named_as_such(made):
    text = (made("radiograph in pixels", "care")[1] / "draft.md").read_text(encoding="utf-8")
    assert "its side is unknown" in text
    assert "640 by 410 pixels" in text
    assert "mm" not in text


def test_the_ranking_is_never_the_diagnosis(made, tmp_path):
    text = (made("case", "eurorad")[1] / "draft.md").read_text(encoding="utf-8")
    final = text.split("## Final diagnosis")[1].split("##")[0]
    assert "calcinosis" not in final
    assert "To supply" in final

    source = write_a_case(tmp_path / "source", stated={"differential": [], "diagnosis": "gout", "consent": None})
    write_draft(load_written(source), "eurorad", tmp_path / "draft")
    text = (tmp_path / "draft" / "draft.md").read_text(encoding="utf-8")
    assert "Gout." in text.split("## Final diagnosis")[1].split("##")[0]
    assert "consent was" not in text


def test_nothing_is_told_of_volumes_that_can_not_be_compared(tmp_path):
    case = json.loads((write_a_case(tmp_path / "a") / "case.json").read_text())
    comparison = {**case["comparisons"][0], "response": "not_comparable", "because": "another part of the body"}
    write_a_case(tmp_path / "b", comparisons=[comparison])
    write_draft(load_written(tmp_path / "b"), "eurorad", tmp_path / "draft")
    text = (tmp_path / "draft" / "draft.md").read_text(encoding="utf-8")
    assert "not comparable: another part of the body." in text
    assert "nothing is left" not in text


def test_volumes_that_are_not_known_are_left_out_and_the_days_are_told(tmp_path):
    case = json.loads((write_a_case(tmp_path / "a") / "case.json").read_text())
    unknown = {"response": "progression", "because": "a new deposit", "volume_mm3": {"earlier": None, "later": None}}
    write_a_case(tmp_path / "b", comparisons=[{**case["comparisons"][0], **unknown}])
    write_draft(load_written(tmp_path / "b"), "eurorad", tmp_path / "draft")
    text = (tmp_path / "draft" / "draft.md").read_text(encoding="utf-8")
    assert "211 days after study 1, shows progression: a new deposit." in text


def test_blood_after_treatment_is_not_called_before(tmp_path):
    for code in ("CASE_BLOOD_AFTER_TREATMENT", "CASE_BLOOD_ORDER_UNKNOWN", "CASE_BLOOD_PARTLY_AFTER_TREATMENT"):
        write_a_case(tmp_path / code, caveats=[{"code": code, "text": "Blood results may be later than a treatment."}])
        write_draft(load_written(tmp_path / code), "care", tmp_path / "draft", force=True)
        assert "before treatment" not in (tmp_path / "draft" / "draft.md").read_text(encoding="utf-8"), code


def test_that_it_may_be_two_patients_comes_before_all_else(tmp_path):
    text = "The headers of the studies name more than one patient."
    write_a_case(tmp_path / "source", caveats=[{"code": "CASE_PATIENTS_DIFFER", "text": text}])
    draft = write_draft(load_written(tmp_path / "source"), "eurorad", tmp_path / "draft")
    assert next(words.text for title, words in draft.sentences() if title == "Clinical history") == text


def test_a_deposit_that_no_comparison_follows_is_named(tmp_path):
    write_a_case(tmp_path / "source")
    record = json.loads((tmp_path / "source" / "case.json").read_text())
    alone = {**record["deposits"][0], "site": "sternum", "side": "midline", "seen": [{"study": 99, "lesion": 1}]}
    write_a_case(tmp_path / "other", deposits=[*record["deposits"], alone])
    draft = write_draft(load_written(tmp_path / "other"), "care", tmp_path / "draft")
    told = [words.text for _, words in draft.sentences()]
    assert "No comparison tells what became of the deposit at the sternum that study 99 shows." in told
    assert sum("No comparison tells" in words for words in told) == 2  # in the abstract and the follow-up


def test_a_course_tells_of_the_result_that_lies_beyond_its_ends(tmp_path):
    write_a_case(tmp_path / "source")
    record = json.loads((tmp_path / "source" / "case.json").read_text())
    first, last = record["timeline"]["blood"][0]["points"]
    record["timeline"]["blood"][0]["points"] = [first, {**last, "value": 0.71, "day": 30}, last]
    write_a_case(tmp_path / "other", timeline=record["timeline"])
    draft = write_draft(load_written(tmp_path / "other"), "eurorad", tmp_path / "draft")
    told = [words.text for _, words in draft.sentences()]
    assert any("to 1.36" in words and "over 0.71\u00a0mmol/L on day 30" in words for words in told)


def test_treatments_are_told_in_one_sentence(made):
    text = (made("case", "care")[1] / "draft.md").read_text(encoding="utf-8")
    told = "parathyroidectomy 29 days after the first study and cinacalcet 3 days before the first study"
    assert f"Treatment was {told}." in text


def test_a_caveat_of_a_deposit_does_not_name_its_study_twice():
    of = [Words(text, ()) for text in ("study 1", "study 1, deposit 1", "study 12")]
    assert [words.text for words in _narrow(of)] == ["study 1, deposit 1", "study 12"]


def test_no_caveat_of_a_draft_sends_to_a_list_that_stands_in_the_report_alone(tmp_path):
    texts = [{"code": code, "text": text} for code, text in TEXTS.items() if code != "CASE_OF_TEST_OBJECT"]
    draft = write_draft(load_written(write_a_case(tmp_path / "a", caveats=texts)), "eurorad", tmp_path / "draft")
    told = [words.text for title, words in draft.sentences() if title == "Limits of the measurements"]
    assert not [text for text in told if re.search("says why|the list of|provenance", text, re.IGNORECASE)]
    assert "A study was refused; nothing of it is in this picture." in told
    assert "Whether it holds a fluid-calcium level can't be told." in told


def test_the_picture_of_two_studies_side_by_side_goes_with_the_draft(tmp_path):
    folder = write_a_case(tmp_path / "source")
    (folder / "figures").mkdir()
    shutil.copyfile(folder / CT / "figures" / "coronal.png", folder / "figures" / "follow-up-01-04.png")
    draft = write_draft(load_written(folder), "eurorad", tmp_path / "draft")
    last = draft.figures[-1]
    assert last.source == "figures/follow-up-01-04.png"
    assert "study 1 (left) and study 4 (right), 211 days apart: complete resolution" in last.caption.text


def test_a_refused_study_is_reported_with_its_reason(made):
    text = (made("case", "care")[1] / "draft.md").read_text(encoding="utf-8").replace("\\", "")
    assert "An image (study 3, without a date) could not be measured: write `one_patient: true`." in text


@pytest.mark.parametrize("form", FORMS)
def test_a_sign_of_which_reader_and_measurement_say_the_opposite_is_told(made, form):
    text = (made("case", form)[1] / "draft.md").read_text(encoding="utf-8")
    assert "Parathyroid focus: a reader saw that it is absent, measured as present." in text
    assert "nobody tells" not in text


# --- files ---------------------------------------------------------------------------------------------------------


def test_care_has_the_items_of_the_checklist_and_eurorad_its_sections(made):
    heads = {
        form: re.findall(r"^## (.*)$", (made("case", form)[1] / "draft.md").read_text(encoding="utf-8"), re.MULTILINE)
        for form in FORMS
    }
    assert len(heads["care"]) == 13 + 2  # and figures, and what is to be supplied
    expected = ["Clinical history", "Imaging findings", "Discussion", "Final diagnosis", "Differential diagnosis list"]
    assert [head for head in heads["eurorad"] if head in expected] == expected


def test_figures_are_copied_with_captions_and_are_in_the_word_file(made):
    import docx

    source, draft = made("case", "eurorad")
    told = sources_of(draft)
    document = docx.Document(draft / "draft.docx")
    assert len(document.inline_shapes) == len(told["figures"]) == 7
    for figure in told["figures"]:
        assert (draft / figure["file"]).read_bytes() == (source / figure["from"]).read_bytes()
    captions = [paragraph.text for paragraph in document.paragraphs if paragraph.style.name == "Caption"]
    assert [caption.split(".")[0] for caption in captions] == [f"Figure {k}" for k in range(1, 8)]
    assert (document.core_properties.author, document.core_properties.last_modified_by) == ("", "")


def test_the_same_result_gives_the_same_bytes(made, tmp_path):
    source, draft = made("case", "care")
    write_draft(load_written(source), "care", tmp_path / "again")
    for path in draft.iterdir():
        assert path.read_bytes() == (tmp_path / "again" / path.name).read_bytes()


def test_an_existing_folder_is_not_replaced(made):
    source, draft = made("ct", "care")
    with pytest.raises(OutputExists):
        write_draft(load_written(source), "care", draft)


@pytest.mark.parametrize(
    ("content", "error"),
    [
        (None, UsageError),
        ("{", UnreadableInput),
        ("[]", UnsupportedStudy),
        ('{"schema": "calcimeter.analysis/9"}', UnsupportedStudy),
    ],
)
def test_a_folder_that_is_no_result_is_refused(tmp_path, content, error):
    if content is not None:
        (tmp_path / "analysis.json").write_text(content)
    with pytest.raises(error):
        load_written(tmp_path)


def test_a_case_can_not_lead_out_of_its_folder(tmp_path):
    write_ct(tmp_path / "elsewhere")
    case = write_a_case(tmp_path / "case")
    record = json.loads((case / "case.json").read_text())
    record["studies"][0]["folder"] = "../elsewhere"
    (case / "case.json").write_text(json.dumps(record))
    with pytest.raises(UnreadableInput):
        load_written(case)


def test_a_study_that_is_missing_in_a_case_is_refused(tmp_path):
    case = write_a_case(tmp_path / "case")
    (case / "studies" / "01-ct" / "analysis.json").unlink()
    with pytest.raises(UnreadableInput):
        load_written(case)


def test_the_sentences_are_made_without_loading_word():
    code = (
        "import sys, calcimeter.report.writeup.material, calcimeter.report.writeup.write; print('docx' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def test_material_of_a_case_knows_its_studies(tmp_path):
    material = material_of(load_written(write_a_case(tmp_path / "case")))
    assert [study.modality for study in material.studies] == ["CT", "NM", "", "CT"]
