"""Coded strings in images for publishing, and the table itself: what stays is what the standard can mean."""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from importlib.resources import files

from pydicom.datadict import keyword_for_tag

from calcimeter.deidentify.folder import deidentify
from calcimeter.knowledge.deidentify import profile
from deidentify.planted_secrets import WORD
from deidentify.slices import one_slice, only, write

NO_SLICES = (
    *("MIP", "MPR THICK RANGE", "VRT COLOR", "IODINE MAP", "VNC", "VIRTUAL UNENHANC"),
    *("SCREEN SAVE", "SCOUT", "GSI MONO"),
)
"""Words of scanners that stand for pictures that are no slices of HU, or special ones."""


def test_a_coded_string_stays_only_where_the_standard_has_its_value(tmp_path):
    dataset = one_slice(
        BodyPartExamined=WORD,
        PatientPosition="HFS",
        ScanOptions=["FS", WORD],
        ImageType=["ORIGINAL", "PRIMARY", WORD, "VIRTUAL NONCONTR"],
        PatientOrientation=["L", WORD],
        SpecimenLabelInImage="YES",  # of no kind of image that is taken
    )
    write(tmp_path / "in", dataset)
    deidentify(tmp_path / "in", tmp_path / "out")
    done = only(tmp_path / "out")

    assert done.BodyPartExamined == ""
    assert done.PatientPosition == "HFS"
    assert done.ScanOptions == "FS"
    assert done.ImageType == ["ORIGINAL", "PRIMARY", "", "VIRTUAL NON"]  # a place counts, and a word that warns
    assert done.PatientOrientation == "L"
    assert "SpecimenLabelInImage" not in done


def test_words_that_tell_that_an_image_is_no_slice_of_hu_stay():
    said = profile().codes["ImageType"]
    kinds = tomllib.loads(files("calcimeter.knowledge").joinpath("ct_images.toml").read_text(encoding="utf-8"))
    rules = [kind["words"] for kind in kinds["refused"] if "words" in kind]
    rules += [kinds[name]["words"] for name in ("localizer", "reformatted", "monoenergetic")]
    for words in NO_SLICES:
        rule = next(rule for rule in rules if re.fullmatch(rule, words))
        assert re.fullmatch(rule, said.known(words)), words


def test_the_table_has_as_many_attributes_of_every_action_as_the_standard():
    """Counted in a rendering of table E.1-1 of 2026c other than the one the table was read from."""
    counts = {"X": 412, "D": 93, "U": 55, "Z": 42, "X/D": 23, "X/Z": 11, "X/Z/D": 8, "Z/D": 6, "X/Z/U*": 2}
    assert Counter(profile().actions.values()) == counts


def test_every_attribute_of_the_table_has_the_name_that_the_dictionary_gives_its_number():
    told = files("calcimeter.knowledge").joinpath("deidentify.toml").read_text(encoding="utf-8")
    rows = re.findall(r"^([0-9A-F]{4},[0-9A-F]{4}) (\w+)$", told, re.MULTILINE)
    assert len(rows) == 652
    wrong = [row for row in rows if (keyword_for_tag(int(row[0].replace(",", ""), 16)) or row[1]) != row[1]]
    assert wrong == []
