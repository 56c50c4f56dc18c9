"""Draw docs/pictures anew: the reports of the demonstration, as a browser shows them, and a key slice.

    python benchmarks/pictures.py

Needs Chromium on the PATH. The pictures show a reference object; a patient's never belong here.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from PIL import Image

from calcimeter.demo import run_demo

PICTURES = Path(__file__).resolve().parents[1] / "docs" / "pictures"
WIDTH_PX, HEIGHT_PX = 1120, 1500
CASE_PX, SMALLER_PX = 1930, 760
BELOW_FIGURES_PX = 4
ROWS_OF_FIGURES = 2
DARK = 90


def main() -> None:
    """Write the pictures."""
    browser = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if browser is None:
        sys.exit("Chromium is not on the PATH: install it, or make the pictures elsewhere")
    PICTURES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        out, shot = Path(folder, "demo"), Path(folder, "shot.png")
        run_demo(out, force=False)
        scan = out / "case" / "studies" / "02-ct"
        save(top(photograph(browser, scan / "report.html", shot, HEIGHT_PX)), "report.png")
        save(Image.open(scan / "figures" / "lesion-001-axial.png"), "key-slice.png")
        case = photograph(browser, out / "case" / "report.html", shot, CASE_PX)
        save(
            case.resize((SMALLER_PX, round(case.height * SMALLER_PX / case.width)), Image.Resampling.LANCZOS),
            "case.png",
        )


def photograph(browser: str, page: Path, shot: Path, height_px: int) -> Image.Image:
    """The top of a page as the browser shows it."""
    command = [browser, "--headless=new", "--no-sandbox", "--hide-scrollbars", "--timeout=15000"]
    size = f"--window-size={WIDTH_PX},{height_px}"
    subprocess.run([*command, size, f"--screenshot={shot}", page.as_uri()], check=True, capture_output=True)
    return Image.open(shot)


def top(shot: Image.Image) -> Image.Image:
    """The page down to the end of its two rows of figures, the only large dark areas."""
    gray = shot.convert("L")
    rows = (gray.crop((0, y, shot.width, y + 1)).tobytes() for y in range(shot.height))
    dark = [sum(value < DARK for value in row) for row in rows]
    last = 0
    for _ in range(ROWS_OF_FIGURES):
        first = next(y for y, count in enumerate(dark) if y > last and count > shot.width / 2)
        last = dark.index(0, first)
    return shot.crop((0, 0, shot.width, last + BELOW_FIGURES_PX))


def save(picture: Image.Image, name: str) -> None:
    """Write a PNG of 256 colors: a third of the size, and no difference to be seen."""
    few = picture.convert("RGB").quantize(256, dither=Image.Dither.NONE)
    few.save(PICTURES / name, optimize=True)


if __name__ == "__main__":
    main()
