"""What a comparison leaves in a folder: valid, the same every time, told in words and pictures, and about nobody."""

from __future__ import annotations

import json
import re
import shutil
from dataclasses import replace

import jsonschema
import numpy as np
import pydicom
import pytest

from builders import BODY_HU, SECRETS, build_analysis
from calcimeter.errors import UnreadableInput
from calcimeter.follow.analysis_result import result_of
from calcimeter.follow.register import Registration
from calcimeter.follow.response import compare_registered
from calcimeter.follow.settings import FollowSettings
from calcimeter.geometry.coarse import coarse_hu
from calcimeter.geometry.rigid import Rigid
from calcimeter.model.caveat import TEXTS, caveat
from calcimeter.model.comparison import Comparison, Fit
from calcimeter.model.measures import Estimate
from calcimeter.report import ReportOptions, write_report
from calcimeter.report.comparison_folder import write_comparison
from calcimeter.report.comparison_page import comparison_content, render_comparison
from calcimeter.report.comparison_pictures import draw_pairs
from calcimeter.report.comparison_record import comparison_lines, comparison_record, load_comparison_schema

IN_PLACE = Registration(Rigid.shift(np.zeros(3)), {}, frozenset(), Fit(1, 0.3, 1.0, 0.3, 0.05))


def with_intervals(analysis, factor=1.0):
    """Volumes with intervals, the first so many times as large."""
    lesions = []
    for lesion in analysis.lesions:
        value = lesion.amount.volume_mm3.value * (factor if lesion.id == 1 else 1.0)
        estimate = Estimate(value, 0.96 * value, 1.04 * value)
        lesions.append(replace(lesion, amount=replace(lesion.amount, volume_mm3=estimate)))
    return replace(analysis, lesions=tuple(lesions))


def without(analysis, number):
    """An analysis in which one lesion is neither listed nor to be seen."""
    volume = analysis.study.volume
    values = volume.values.copy()
    (gone,) = (lesion.deposit.envelope for lesion in analysis.lesions if lesion.id == number)
    values[gone.slices][gone.mask] = BODY_HU
    study = replace(analysis.study, volume=replace(volume, values=values))
    return replace(analysis, study=study, lesions=tuple(x for x in analysis.lesions if x.id != number))


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """Earlier and later OUT, and their comparison: the first deposit shrank, the second vanished."""
    folder = tmp_path_factory.mktemp("dates")
    earlier = with_intervals(build_analysis())
    later = without(with_intervals(build_analysis(), 0.6), 2)
    named = [
        replace(lesion, deposit=replace(lesion.deposit, tracking_uid=f"2.25.9{lesion.id}")) for lesion in later.lesions
    ]
    later = replace(later, lesions=tuple(named), provenance=replace(later.provenance, input_sha256="cd" * 32))
    write_report(earlier, folder / "a")
    write_report(later, folder / "b")
    comparison = compare_registered(result_of(earlier), result_of(later), IN_PLACE, FollowSettings())
    write_comparison(comparison, (folder / "a", folder / "b"), folder / "c")
    return folder, comparison, earlier


def test_the_record_is_valid_against_the_schema_that_ships(made):
    _, comparison, _ = made
    schema = load_comparison_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate(comparison_record(comparison), schema)
    for name in schema["required"]:
        record = comparison_record(comparison)
        del record[name]
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(record, schema)


def test_the_folder_holds_what_the_contract_names(made):
    folder, comparison, _ = made
    held = {path.name for path in (folder / "c").iterdir()}
    assert held == {"comparison.json", "report.html", "lesions.seg.dcm", "report.sr.dcm"}
    assert json.loads((folder / "c/comparison.json").read_text()) == comparison_record(comparison)


def test_states_and_sums_are_those_of_the_two_studies(made):
    _, comparison, earlier = made
    assert [change.state for change in comparison.changes] == ["shrunk", "vanished"]
    assert comparison.response == "partial_response"
    total = sum(lesion.amount.volume_mm3.value for lesion in earlier.lesions if lesion.category == "soft_tissue")
    assert comparison.volume_earlier_mm3.value == pytest.approx(total)


def test_what_the_later_scan_would_have_shown_is_told_with_the_density_that_it_holds_for(made):
    _, comparison, _ = made
    said = comparison_content(comparison, {})["findings"][-1]
    assert re.search(r"shown 300 HU from 25.mm³ on, a fainter one only if it were larger", said)


def test_the_later_seg_and_sr_carry_the_earlier_tracking_uids(made):
    folder, _, earlier = made
    uid = earlier.lesions[0].tracking_uid
    for name in ("lesions.seg.dcm", "report.sr.dcm"):
        before, after = (str(pydicom.dcmread(folder / out / name)) for out in ("b", "c"))
        assert "2.25.91" in before
        assert uid in after
        assert re.search(r"2\.25\.91\b", after) is None
        assert (
            pydicom.dcmread(folder / "b" / name).SOPInstanceUID != pydicom.dcmread(folder / "c" / name).SOPInstanceUID
        )


def test_the_same_folders_give_the_same_bytes(made, tmp_path):
    folder, comparison, _ = made
    write_comparison(comparison, (folder / "a", folder / "b"), tmp_path / "again")
    for path in (folder / "c").iterdir():
        assert path.read_bytes() == (tmp_path / "again" / path.name).read_bytes(), path.name


def test_nothing_identifies_the_patient(made):
    folder, _, _ = made
    for name in ("comparison.json", "report.html"):
        text = (folder / "c" / name).read_text()
        assert not [secret for secret in SECRETS if secret in text]
        assert "2019" not in re.sub(r"base64,[^\"]+", "", text)


def test_the_page_shows_both_dates_and_loads_nothing(made):
    folder, _, _ = made
    page = (folder / "c/report.html").read_text()
    assert page.count("data:image/png") == 4
    assert "Partial response" in page
    assert "kept only at 4" in page
    assert "<script" not in page
    assert re.search(r"(?:src|href)=\"(?!data:)", page) is None


def test_pictures_are_alike_where_nothing_changed(made):
    folder, comparison, _ = made
    pair = draw_pairs(comparison, (folder / "a", folder / "a"))[0]
    same = draw_pairs(comparison, (folder / "a", folder / "b"))[0]
    assert pair.earlier == same.earlier
    assert pair.note == ""


def test_without_pictures_the_page_is_words(made):
    _, comparison, _ = made
    assert "data:image/png" not in render_comparison(comparison)


def test_the_shell_says_response_and_every_change(made):
    _, comparison, _ = made
    lines = comparison_lines(comparison)
    assert lines[0].startswith("Partial response")
    assert len(lines) == 1 + len(comparison.changes)


def test_the_shell_says_what_may_come_of_the_analysis_and_not_of_the_patient(made):
    _, comparison, _ = made
    told = comparison_lines(replace(comparison, caveats=(caveat("COMPARED_VERSIONS"), caveat("COMPARED_KVP"))))
    assert [line for line in told if line.startswith("caveat")] == [f"caveat: {TEXTS['COMPARED_VERSIONS']}"]


def test_a_volume_of_nothing_is_told_with_what_the_scan_would_have_shown(made):
    _, comparison, _ = made
    gone = replace(comparison, volume_later_mm3=Estimate(0.0, 0.0, 25.0), later_limit_mm3=25.0)
    _, _, later, _ = comparison_content(gone, {})["facts"]
    assert (later["value"], later["note"]) == ("none", "none over 25\u00a0mm³: 0–25\u00a0mm³ together")


@pytest.mark.parametrize("name", ["lesions.seg.dcm", "report.sr.dcm"])
def test_a_damaged_dicom_result_is_refused_and_nothing_is_written(made, tmp_path, name):
    folder, comparison, _ = made
    shutil.copytree(folder / "b", tmp_path / "b")
    (tmp_path / "b" / name).write_bytes(b"x\n")
    with pytest.raises(UnreadableInput, match=name):
        write_comparison(comparison, (folder / "a", tmp_path / "b"), tmp_path / "c")
    assert not (tmp_path / "c").exists()


def test_an_analysis_with_a_comparison_writes_its_page_and_record(made, tmp_path):
    folder, comparison, _ = made
    later = replace(with_intervals(build_analysis(), 0.6), comparison=comparison)
    write_report(later, tmp_path / "out", ReportOptions(previous=folder / "a"))
    assert json.loads((tmp_path / "out/comparison.json").read_text())["response"] == "partial_response"
    assert "Side by side" in (tmp_path / "out/comparison.html").read_text()


def test_crops_are_small_and_hold_the_values_of_the_scan(made):
    folder, _, earlier = made
    with np.load(folder / "a/registration.npz") as stored:
        names = {name for name in stored.files if re.fullmatch(r"crop_\d+", name)}
        listed = {f"crop_{x.id}" for x in earlier.lesions if x.category in ("soft_tissue", "uncertain")}
        assert names == listed
        crop, affine, coarse = stored["crop_1"], stored["crop_1_affine"], stored["hu"]
    volume = earlier.study.volume
    index = np.rint(volume.grid.to_index((affine @ [3, 4, 5, 1])[:3])).astype(int)
    assert crop[3, 4, 5] == volume.values[tuple(index)]
    assert crop.dtype == np.int16
    assert abs(float(coarse_hu(coarse).mean()) - float(volume.values.mean())) < 60


def test_what_is_not_known_of_the_sums_is_null_in_the_record_and_a_dash_on_the_page():
    """Neither the volumes nor the number of new ones are 0 where deposits can't be followed."""
    unknown = Comparison(
        interval_days=None,
        changes=(),
        response="not_comparable",
        because="1 of 1 deposits can't be followed",
        volume_earlier_mm3=None,
        volume_later_mm3=None,
        new=None,
        fit=None,
        later_limit_mm3=None,
        caveats=(caveat("COMPARED_NEW_UNKNOWN"), caveat("COMPARED_VOLUME_UNKNOWN")),
    )
    record = comparison_record(unknown)
    jsonschema.validate(record, load_comparison_schema())
    assert (record["volume_mm3"], record["new"]) == ({"earlier": None, "later": None}, None)
    assert [fact["value"] for fact in comparison_content(unknown, {})["facts"]] == ["–"] * 4
    assert "can&#39;t be followed" in render_comparison(unknown)


def test_nothing_to_compare_is_a_page_too():
    empty = Comparison(
        interval_days=None,
        changes=(),
        response="stable",
        because="no soft-tissue deposit at either date in what both show",
        volume_earlier_mm3=Estimate(0.0, 0.0, 0.0),
        volume_later_mm3=Estimate(0.0, 0.0, 0.0),
        new=0,
        fit=None,
        later_limit_mm3=None,
        caveats=(),
    )
    jsonschema.validate(comparison_record(empty), load_comparison_schema())
    assert "Stable" in render_comparison(empty)
