import re
from pathlib import Path

from calcimeter.radiograph.settings import RadiographSettings

PAGE = Path(__file__).resolve().parents[2] / "docs" / "radiograph-outlines.md"


def test_every_setting_stands_on_its_page_with_its_value():
    rows = re.findall(r"^\| `(\w+)\.(\w+)` \| (.+?) \|", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    told = {(step, name): [float(n) for n in re.findall(r"-?[\d.]+", value)] for step, name, value in rows}
    real = {
        (step, name): [*map(float, value)] if isinstance(value, tuple) else [float(value)]
        for step, values in RadiographSettings().record().items()
        for name, value in values.items()
    }
    assert told == real
