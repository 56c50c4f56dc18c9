"""The page on the method names every setting with its value."""

import re
from pathlib import Path

from scipy.special import ndtri

from calcimeter.report.scintigraphy.wording import METHOD
from calcimeter.scintigraphy.settings import ScintigraphySettings

PAGE = Path(__file__).resolve().parents[2] / "docs" / "scintigraphy-method.md"


def test_every_setting_stands_on_its_page_with_its_value():
    rows = re.findall(r"^\| `(\w+)\.(\w+)` \| (.+?) \|", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    told = {(step, name): [float(n) for n in re.findall(r"[\d.]+", value)] for step, name, value in rows}
    real = {
        (step, name): [*map(float, value)] if isinstance(value, tuple) else [float(value)]
        for step, values in ScintigraphySettings().record().items()
        for name, value in values.items()
    }
    assert told == real


def test_page_and_report_tell_the_score_that_a_focus_needs():
    needed = f"A focus needs {-ndtri(ScintigraphySettings().focus.error):.1f}"
    assert needed in PAGE.read_text(encoding="utf-8")
    assert any(needed in sentence for sentence in METHOD)
