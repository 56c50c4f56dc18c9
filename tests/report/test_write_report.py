"""Every file of OUT: which there are, that they repeat byte for byte, and that they hold no patient data."""

from __future__ import annotations

import gzip
import json
import zipfile
import zlib
from contextlib import suppress
from dataclasses import replace
from io import BytesIO

import numpy as np
import pytest

from builders import SECRETS, build_analysis
from calcimeter.errors import OutputExists
from calcimeter.report import ReportOptions, write_report

ALWAYS = {
    "analysis.json",
    "lesions.csv",
    "lesions.nii.gz",
    "lesions.seg.nrrd",
    "bones.nii.gz",
    "registration.npz",
    "report.html",
    "report.pdf",
    "figures",
}


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    """OUT of the plain DICOM variant, written once."""
    out = tmp_path_factory.mktemp("written") / "out"
    write_report(build_analysis(), out)
    return out


def contents(out):
    return {str(path.relative_to(out)): path.read_bytes() for path in sorted(out.rglob("*")) if path.is_file()}


@pytest.mark.parametrize("lesions", [True, False])
@pytest.mark.parametrize("dicom", [True, False])
def test_the_files_are_those_of_the_contract(lesions, dicom, tmp_path):
    out = tmp_path / "out"
    write_report(build_analysis(lesions=lesions, dicom=dicom, skeleton=lesions == dicom), out)
    expected = set(ALWAYS)
    if dicom:
        expected |= {"report.sr.dcm", "lesions.seg.dcm"} if lesions else {"report.sr.dcm"}
    assert {path.name for path in out.iterdir()} == expected
    assert all(path.suffix == ".png" for path in (out / "figures").iterdir())
    assert (out / "report.pdf").read_bytes().startswith(b"%PDF")


def test_two_runs_give_the_same_bytes(written, tmp_path):
    write_report(build_analysis(), tmp_path / "again")
    first, again = contents(written), contents(tmp_path / "again")
    assert list(first) == list(again)
    for name, content in first.items():
        assert content == again[name], name


def test_no_patient_data_leave_dicom(written):
    for name, content in contents(written).items():
        if name.endswith(".dcm"):
            continue
        for layer in _layers(name, content):
            for secret in SECRETS:
                for encoding in ("utf-8", "utf-16-le", "utf-16-be"):
                    assert secret.encode(encoding) not in layer, f"{secret} in {name}"


def test_the_patient_stands_in_the_dicom_results(written):
    assert all(SECRETS[0].encode() in (written / name).read_bytes() for name in ("lesions.seg.dcm", "report.sr.dcm"))


def test_all_categories_lists_what_was_set_aside(tmp_path):
    write_report(build_analysis(), tmp_path / "out", ReportOptions(all_categories=True))
    record = json.loads((tmp_path / "out" / "analysis.json").read_text())
    assert record["lesions"][-1]["category"] == "bone"
    labels = gzip.decompress((tmp_path / "out" / "lesions.nii.gz").read_bytes())[352:]
    assert np.frombuffer(labels, np.uint8).max() == record["lesions"][-1]["id"]
    assert f'id="lesion-{record["lesions"][-1]["id"]}"' in (tmp_path / "out" / "report.html").read_text()


def test_out_that_exists_is_refused_unless_forced(written, tmp_path):
    out = tmp_path / "out"
    write_report(build_analysis(lesions=False), out)
    before = contents(out)
    with pytest.raises(OutputExists):
        write_report(build_analysis(), out)
    assert contents(out) == before
    write_report(build_analysis(), out, ReportOptions(force=True))
    assert contents(out) == contents(written)


def test_an_analysis_that_cannot_be_written_leaves_nothing(tmp_path):
    analysis = build_analysis()
    broken = replace(analysis, search=replace(analysis.search, examined_mm3=float("nan")))
    with pytest.raises(ValueError, match="JSON"):
        write_report(broken, tmp_path / "out")
    assert list(tmp_path.iterdir()) == []


def _layers(name: str, content: bytes):
    """The bytes of a file, and those inside its compression."""
    yield content
    if name.endswith(".gz"):
        yield gzip.decompress(content)
    if name.endswith(".nrrd"):
        yield gzip.decompress(content[content.index(b"\n\n") + 2 :])
    if name.endswith(".npz"):
        with zipfile.ZipFile(BytesIO(content)) as archive:
            yield from (archive.read(member) for member in archive.namelist())
    if name.endswith(".pdf"):
        for start in _positions(content, b"stream"):
            with suppress(zlib.error):  # not every stream is compressed
                yield zlib.decompressobj().decompress(content[start:].lstrip(b"\r\n"))


def _positions(content: bytes, word: bytes):
    at = content.find(word)
    while at >= 0:
        yield at + len(word)
        at = content.find(word, at + 1)
