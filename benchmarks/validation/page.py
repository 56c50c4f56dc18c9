"""The page: its parts, each run on its own and kept, and what stands above them."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable
from pathlib import Path

from shown import HOLDS, SHORT, SKIPPED, Section, table
from validation import attached_part, ibsi, levels, lobes, mass, poor, repeats, volumes
from validation.seeds import REHEARSAL

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "validation.md"
KEPT = ROOT / "benchmarks" / ".cache" / "validation"
OBJECTS = 400

INTRODUCTION = """\
# Validation: numbers and their intervals against exact truth

`make validate` (`python benchmarks/validate.py`) writes this page. *Holds* and *falls short* compare a measured figure
with the demand beside it; nothing is rounded in favor of either.

**What judges.** {n} made-up objects a size class, 200 to 1000 HU over muscle, whose volume is a closed form or counted
on a lattice of 150 steps across (1 in 10 000). They lie at random in limbs of fat, muscle and one bone, over 7 mm from
it, and go through `calcimeter.analyze` as arrays: found, outlined, measured. Slices are 0.6 to 5 mm (to 3 mm under
1 ml), in part overlapping, pixels 0.5 to 0.9 mm, blur 0.8 to 1.4 mm, noise 8 to 30 HU, 80 to 140 kVp, every patient
position. An object that was not found is counted and is in no other figure. `130 HU` is the plain volume of the voxels
over 130 HU.

**Half of the objects** are scanned by the package's own scanner (`calcimeter.phantom`) and of kinds that tuning knew:
balls, ellipsoids, rods, blocks, shells, lobed bodies, two densities, one settled chamber, superquadrics, bent rods,
clusters of blobs, rims of uneven thickness, cysts of several chambers, whorls, clouds. **The other half** are kinds
that tuning never saw (teardrops, lenses, crescents, branched rods, targets of rim and core, dense grains in a loose
body, pairs of unlike density, bodies with pockets), scanned by an independent simulator.

**The simulator** (`benchmarks/validation/simulator.py`) shares no code with the package's scanner but the shapes: tube
spectra (SpekPy), other filters in every scan, attenuation of ICRU tissues and hydroxyapatite by energy (xraydb), an
energy-integrating scintillator, chords of body and bone in closed form, deposits on a lattice as fine as the bins with
exact footprints, rows of 0.6 to 1.25 mm averaged to slices, quantum noise that follows each ray's attenuation, a water
correction, and filtered back projection with a Gaussian or a raised-cosine kernel. Rays are parallel, as a fan beam is
rebinned. Hardening by bone and by the deposits themselves stays in the image. Scatter, focal spot, cone and motion are
left out. `gecatsim` was tried first: it comes without a built package for common systems and could not be built here.

**What was looked at before.** The estimators were tuned on other seeds and on the familiar kinds (`--tuning`), the
masses also on simulated scans of the familiar kinds with two of the four tubes (`--tuning --simulated`). The objects
that judge have seeds of their own. Their new kinds judged three times before, with other seeds: those pages were read,
and nothing was tuned on them. Earlier editions were read, and estimators were changed after each: intervals of the
volume, filters and body sizes of the table behind internal and nominal masses, rods, thin, branched and small deposits
in thick slices, short axes, masses beside a shaft, levels under thin sediment and on tops that are flat over a few
columns, deposits beside metal, chambers with walls (which judged until then and count among the familiar kinds since).
After the last ones loose parts of deposits were mended, and thin rims that were none, told from kinds made for it
(`docs/method.md`), which judge nothing. A rule that let wide rims count more judged once and was taken back: below 1 mL
the 95th percentile of the error was 9.6 %, in simulated scans 12.2 %. Repeats, levels, lobes, attached spheres and poor
input stand as they were measured before thin rims were mended, on these kinds or others; it does not touch levels and
lobes. Every scan has a tube of its own, drawn evenly over what the table of beams claims. Ranges of size, contrast,
blur and noise are those of earlier editions. Made-up limbs are not patients: motion, metal, contrast medium and
neighbors of unlike density are not in these figures, and no interval here covers a wrong outline of what a reader would
call the lesion.
"""

PARTS: tuple[str, ...] = ("volume", "repeats", "lobes", "levels", "attached", "poor", "ibsi")


def write(n: int, only: list[str] | None) -> None:
    """Run the parts that were asked for, keep their text, and write the page from all that are there."""
    KEPT.mkdir(parents=True, exist_ok=True)
    rehearsed = bool(os.environ.get(REHEARSAL))
    work: dict[str, Callable[[], list[Section]]] = {
        "volume": lambda: _volume(n),
        "repeats": lambda: [repeats.section(max(6, n * 3 // 20))],
        "lobes": lambda: [lobes.section(max(8, n * 3 // 10))],
        "levels": lambda: [levels.section(max(8, n * 2 // 5))],
        "attached": lambda: [attached_part.section(max(6, n // 5))],
        "poor": lambda: [poor.section(max(6, n * 3 // 40))],
        "ibsi": lambda: [ibsi.section()],
    }
    for part in only or PARTS:
        began = time.perf_counter()
        sections = work[part]()
        if not rehearsed:
            _keep(part, n, sections)
        for section in sections:
            print(section.as_markdown(), flush=True)
        print(f"-- {part}: {time.perf_counter() - began:.0f} s\n", flush=True)
    kept = [_kept(part, n) for part in PARTS]
    if rehearsed:
        print("a rehearsal: the page is left as it is")
        return
    missing = [part for part, sections in zip(PARTS, kept, strict=True) if not sections]
    PAGE.write_text(_composed(n, [section for sections in kept if sections for section in sections], missing), "utf-8")


def _volume(n: int) -> list[Section]:
    """Everything that comes from the rows of the judging set."""
    rows = volumes.all_rows(n)
    every = [row for some in rows.values() for row in some]
    return [volumes.section(rows), mass.section(every), volumes.axes_section(rows)]


def _keep(part: str, n: int, sections: list[Section]) -> None:
    texts = [
        {"text": s.as_markdown(), "verdicts": [(r.asked, r.measured, r.verdict) for r in s.rows]} for s in sections
    ]
    (KEPT / f"{part}-{n}.json").write_text(json.dumps(texts), encoding="utf-8")


def _kept(part: str, n: int) -> list[dict] | None:
    path = KEPT / f"{part}-{n}.json"
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else None


def _composed(n: int, sections: list[dict], missing: list[str]) -> str:
    """Introduction, the count of what holds, what falls short, and the parts."""
    rows = [tuple(row) for section in sections for row in section["verdicts"]]
    judged = [row for row in rows if row[2] in (HOLDS, SHORT)]
    held = sum(row[2] == HOLDS for row in judged)
    skipped = sum(row[2] == SKIPPED for row in rows)
    short = [(asked, measured) for asked, measured, verdict in judged if verdict == SHORT]
    told = [f"**{held} of {len(judged)} demands hold**" + (f"; {skipped} could not be judged." if skipped else ".")]
    if missing:
        told += ["", f"Not run with {n} objects, so not on this page: {', '.join(missing)}."]
    if short:
        told += ["", "What falls short:", "", table(("asked", "measured"), short)]
    return "\n".join([INTRODUCTION.format(n=n), *told, "", *(section["text"] for section in sections)]).rstrip() + "\n"
