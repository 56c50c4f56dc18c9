"""Numbers in the report: one unit, as many digits as hold, the interval beside them; no raw features or settings."""

from __future__ import annotations

import json
from dataclasses import replace
from hashlib import sha256
from importlib.resources import files

import pytest

from builders import build_analysis
from calcimeter.model.analysis import CTAnalysis
from calcimeter.model.lesion import Category, Lesion
from calcimeter.model.measures import Estimate, Pattern
from calcimeter.model.result import digest_of
from calcimeter.report.background import METHOD
from calcimeter.report.content import CONFIDENCE_IS, report_content
from calcimeter.report.page import render_page
from calcimeter.report.provenance import settings_groups
from calcimeter.report.record import analysis_record
from calcimeter.report.wording import Kind, best, estimated, interval


@pytest.fixture(scope="module")
def analysis() -> CTAnalysis:
    return build_analysis()


def plain(words: str) -> str:
    return words.replace("\u00a0", " ").replace("\u202f", " ")


def details(lesion: Lesion, analysis: CTAnalysis) -> dict[str, str]:
    """Of the first card, were this its lesion."""
    card = report_content(replace(analysis, lesions=(lesion, *analysis.lesions[1:])), ())["cards"][0]
    return {label: plain(value) for label, value in card["details"]}


@pytest.mark.parametrize(
    ("estimate", "kind", "words"),
    [
        (Estimate(130381, 127855, 132907), "volume", "130 mL (128–133)"),
        (Estimate(86813, 79346, 94280), "volume", "86.8 mL (79.3–94.3)"),
        (Estimate(86813, 50000, 120000), "volume", "87 mL (50–120)"),
        (Estimate(960, 900, 1020), "volume", "960 mm³ (900–1 020)"),
        (Estimate(1.5e6, 1.4e6, 1.6e6), "volume", "1.50 L (1.40–1.60)"),
        (Estimate(20916, 20172, 21660), "mass", "20.9 g (20.2–21.7)"),
        (Estimate(412, 380, 440), "mass", "412 mg (380–440)"),
        (Estimate(109, 91.6, 119), "length", "109 mm (92–119)"),
        (Estimate(68.14, 67.58, 68.69), "length", "68.1 mm (67.6–68.7)"),
        (Estimate(7.0, 7.0, 7.0), "length", "7.0 mm (7.0–7.0)"),
        (Estimate(86813), "volume", "86.8 mL"),
    ],
)
def test_a_number_has_no_digits_that_its_interval_does_not_support(estimate: Estimate, kind: Kind, words: str) -> None:
    assert plain(estimated(estimate, kind)) == words


def test_value_and_interval_have_one_unit_on_either_side_of_a_milliliter() -> None:
    across = Estimate(990, 900, 1080)
    assert plain(best(across, "volume")) == "990 mm³"
    assert plain(str(interval(across, "volume"))) == "900–1 080 mm³"


def test_a_card_has_mineral_in_milliliters_mass_in_grams_and_a_score_of_three_digits(analysis: CTAnalysis) -> None:
    lesion = analysis.lesions[0]
    mineral, mass = Estimate(86813, 79346, 94280), Estimate(20916, 20172, 21660)
    amount = replace(lesion.amount, mineral_volume_mm3=mineral, mass_mg_ha=mass)
    told = details(replace(lesion, amount=amount, agatston=123471.0), analysis)
    assert told["Mineral volume"] == "86.8 mL (79.3–94.3)"
    assert told["Mass of hydroxyapatite"] == "20.9 g (20.2–21.7)"
    assert told["Agatston score"] == "123 000"


@pytest.mark.parametrize(
    ("lobes", "fragments", "words"),
    [
        (1, 1, "no part set off by a neck"),
        (2, 1, "two parts set off by necks"),
        (3, 2, "three parts separate or set off by necks"),
        (None, 1, None),
    ],
)
def test_lobes_are_told_as_parts_that_necks_set_off(
    lobes: int | None, fragments: int, words: str | None, analysis: CTAnalysis
) -> None:
    """A reader counts bulges with wide necks too, and would hold the number for wrong."""
    first = analysis.lesions[0]
    lesion = replace(first, shape=replace(first.shape, lobes=lobes), deposit=replace(first.deposit, parts=fragments))
    assert details(lesion, analysis).get("Lobed") == words


def test_the_pattern_is_told_with_what_decided_and_without_the_features_of_the_rules(analysis: CTAnalysis) -> None:
    features = (("core_to_rim_share", 0.8917), ("thickness_mm", 41.3))
    lesion = replace(analysis.lesions[0], pattern=Pattern("layered", features, "7 fluid-calcium levels"))
    shown = replace(analysis, lesions=(lesion, *analysis.lesions[1:]))
    page = render_page(shown, ())
    assert "layered (7 fluid-calcium levels)" in page
    assert "core to rim" not in page
    assert analysis_record(shown)["lesions"][0]["pattern_features"] == {
        "core_to_rim_share": 0.8917,
        "thickness_mm": 41.3,
    }


@pytest.mark.parametrize("category", [None, Category.UNCERTAIN])
def test_what_confidence_is_stands_by_its_first_number(category: Category | None, analysis: CTAnalysis) -> None:
    """With cards and without."""
    lesions = analysis.lesions if category is None else analysis.of_category(category)
    page = render_page(replace(analysis, lesions=lesions), ())
    after = page[page.lower().index("<h2>lesions" if category is None else "<h2>findings") :]
    first = after.lower().index("confidence")
    assert CONFIDENCE_IS in after[first : first + 80]


def test_sums_of_volumes_have_the_intervals_of_the_burden(analysis: CTAnalysis) -> None:
    sized = tuple(
        replace(x, amount=replace(x.amount, volume_mm3=Estimate(4000.0, 3600.0, 4400.0))) for x in analysis.lesions[:2]
    )
    both = replace(analysis, lesions=sized)
    burden = analysis_record(both)["burden"]["soft_tissue"]["volume_mm3"]
    assert (burden["low"], burden["high"]) == pytest.approx((8000 - 400 * 2**0.5, 8000 + 400 * 2**0.5))

    content = report_content(both, ())
    assert plain(content["burden"][0][2]) == "8.00 mL (7.43–8.57)"
    assert plain(content["facts"][1]["value"]) == "8.00 mL"
    assert plain(content["facts"][1]["note"]) == "95 %: 7.43–8.57 mL; filled"
    assert plain(content["burden"][1][2]) == "0 mm³"


def test_settings_are_lists_folded_in_the_page_and_a_digest_in_print(analysis: CTAnalysis) -> None:
    settings = {"candidates": {"reach_mm": (15.0, 40.0, 5.0), "strict": True, "least": None}}
    (group,) = settings_groups(settings)
    assert group["values"] == [["reach mm", "(15, 40, 5)"], ["strict", "yes"], ["least", "none"]]

    shown = replace(analysis, provenance=replace(analysis.provenance, settings=settings))
    page = render_page(shown, ())
    folded = page[page.index('<details class="settings">') : page.index("</details>")]
    assert "(15, 40, 5)" in folded
    assert digest_of(settings)[:12] in page
    templates = files("calcimeter.report") / "templates"
    for name in ("report.typ", "radiograph.typ", "scintigraphy.typ"):
        text = (templates / name).read_text(encoding="utf-8")
        assert "report.provenance" in text
        assert "report.settings" not in text


def test_the_digest_of_the_settings_is_that_of_what_stands_in_the_analysis(analysis: CTAnalysis) -> None:
    stored = json.loads(json.dumps(analysis_record(analysis)))["provenance"]["settings"]
    text = json.dumps(stored, sort_keys=True)
    assert digest_of(analysis.provenance.settings) == sha256(text.encode()).hexdigest()
    changed = {**analysis.provenance.settings, "find": {"threshold_hu": 131.0}}
    assert digest_of(changed) != digest_of(analysis.provenance.settings)


def test_the_method_says_of_which_lengths_voxel_edges_are_the_ends() -> None:
    (lengths,) = (words for words in METHOD if "voxel edge" in words)
    found, given = lengths.split(". ", 1)
    assert "found" in found
    assert "voxel edge" not in found
    assert "given outline" in given
