"""The figure of a fluid-calcium level: the slice with its line, the profile beside it."""

from __future__ import annotations

from dataclasses import replace
from io import BytesIO

import numpy as np

from builders import build_analysis
from calcimeter.model.lesion import Lesion
from calcimeter.model.measures import FluidLevel, Level
from calcimeter.report.content import report_content
from calcimeter.report.figures import draw_figures
from calcimeter.report.level_figure import LEVEL, draw_level, widest_level

HEIGHTS = tuple(float(h) for h in range(12, -13, -1))


def with_level(lesion: Lesion) -> Lesion:
    """The lesion with a level through its middle."""
    profile = tuple(20.0 if h > 0 else 400.0 for h in HEIGHTS)
    level = Level(8.0, 12.0, 20.0, 400.0, 0.4, lesion.extent.centroid_mm, HEIGHTS, profile)
    return replace(lesion, fluid_level=FluidLevel("present", (level,), (0.0, 1.0, 0.0), "a flat interface"))


def test_a_level_is_drawn_in_the_slice_and_as_a_profile_and_told_in_words() -> None:
    from PIL import Image

    analysis = build_analysis()
    analysis = replace(analysis, lesions=(with_level(analysis.lesions[0]), *analysis.lesions[1:]))

    figures = draw_figures(analysis)

    (figure,) = [f for f in figures if f.role == "level"]
    assert figure.lesion_id == analysis.lesions[0].id
    pixels = np.asarray(Image.open(BytesIO(figure.png)).convert("RGB"), dtype=int)
    red = np.abs(pixels - LEVEL).sum(axis=2) < 30
    assert red[:, :680].any()
    assert red[:, 680:].any()
    again = draw_level(analysis.study.volume, analysis.lesions[0])
    assert (np.asarray(again, dtype=int) == pixels).all()
    card = report_content(analysis, figures)["cards"][0]
    assert card["level"]["name"] == figure.name
    assert len(card["figures"]) == 2
    assert "12.0" in card["fragments"]
    assert "400" in card["fragments"]


def test_without_a_level_there_is_no_such_figure() -> None:
    assert widest_level(build_analysis().lesions[0]) is None
