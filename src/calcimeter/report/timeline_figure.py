"""The time line as a drawing: volumes with intervals, blood results under them, treatments across both; SVG."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from html import escape
from math import ceil, floor, log10

from calcimeter.model.timeline import BloodLine, Timeline, VolumeLine
from calcimeter.report.reasoning import three_digits
from calcimeter.report.wording import enumeration, sentence
from calcimeter.report.wording import number as number_words

WIDTH, LEFT, RIGHT = 920.0, 62.0, 168.0
HEAD, PANEL, GAP, FOOT = 23.0, 190.0, 26.0, 44.0
BLOOD = 96.0
FIRST_NAME, NAME = 20.0, 15.0
"""Where the names of treatments begin, and the height of one row of them."""
LETTER = 7.2
"""Width of a bold letter, at most but for a row of capitals [chosen]."""
NUMBER = 36.0
"""Width of the number of a blood result, at most."""
MOST_BLOOD, MOST_VOLUMES = 4, 6
INK, MUTED, LINE, BAND = "#14181f", "#5a6371", "#e1e5ea", "#6b9a3c"
OUTSIDE = "#b3261e"
COLORS = ("#d98200", "#0072b2", "#009e73", "#cc79a7", "#56b4e9", "#d55e00")
TREATMENT = "#7a4fb0"
FONT = "system-ui, 'Noto Sans', 'Liberation Sans', Arial, sans-serif"


@dataclass(frozen=True, slots=True)
class Axis:
    """Numbers to places along one side of a panel."""

    low: float
    high: float
    start: float
    end: float

    def at(self, value: float) -> float:
        """The place of a number."""
        return self.start + (value - self.low) / (self.high - self.low) * (self.end - self.start)


def draw_timeline(timeline: Timeline, labels: dict[str, str]) -> str:
    """The drawing, or "" where nothing but a single day is known.

    Parameters
    ----------
    labels : dict
        Analyte -> name and unit as they are written.
    """
    days = timeline.days
    if days is None or days[0] == days[1] or not (timeline.volumes or timeline.blood):
        return ""
    blood = timeline.blood[:MOST_BLOOD]
    panels = ([PANEL] if timeline.volumes else []) + [BLOOD] * len(blood)
    spare = (days[1] - days[0]) * 0.03
    across = Axis(days[0] - spare, days[1] + spare, LEFT, WIDTH - RIGHT)
    treatments = _in_rows(timeline.treatments, across)
    begins = HEAD if not treatments else FIRST_NAME + NAME * (max(row for _, _, row in treatments) + 1) - 4
    height = begins + sum(panels) + GAP * (len(panels) - 1) + FOOT
    bottom = height - FOOT
    drawn = [*_treatments(treatments, bottom), *_days(across, days, bottom)]
    top = begins
    if timeline.volumes:
        drawn += _volumes(timeline.volumes[:MOST_VOLUMES], across, top)
        top += PANEL + GAP
    for line in blood:
        drawn += _blood(line, across, top, labels.get(line.analyte, line.analyte), [x for _, x, _ in treatments])
        top += BLOOD + GAP
    drawn += _studies(timeline, across, bottom)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH:g} {height:g}" width="{WIDTH:g}" '
        f'height="{height:g}" font-family="{FONT}" font-size="13">' + "".join(drawn) + "</svg>"
    )


def explain_timeline(timeline: Timeline) -> dict[str, str]:
    """What stands in the drawing in a line (``alt``), and its legend (``caption``): of what is drawn and no more."""
    blood = timeline.blood[:MOST_BLOOD]
    lines = timeline.volumes[:MOST_VOLUMES]
    parts, legend = [], []
    if lines:
        gone = any(point.volume_mm3.value == 0 for line in lines for point in line.points)
        parts.append("volumes of the deposits with 95 % intervals")
        legend.append(
            "Volume of the filled envelope, with its 95 % interval where that is wider than the mark"
            + ("; a ring is a volume that is gone, dotted what was not seen in between" if gone else "")
        )
    if blood:
        ranged = any(line.reference is not None for line in blood)
        parts.append("blood results" + (" with their ranges" if ranged else ""))
        legend.append("Blood results" + (" with their range in green, red where outside it" if ranged else ""))
    if timeline.treatments:
        parts.append("treatments")
        legend.append("Dashed: treatments")
    legend.append(f"Days count from the first {'study' if timeline.studies else 'blood result'}")
    return {"alt": sentence(f"{enumeration(parts)} over days"), "caption": " ".join(map(sentence, legend))}


def _volumes(lines: Sequence[VolumeLine], across: Axis, top: float) -> Iterator[str]:
    """Volumes of all deposits in mL, one color each, whiskers for 95 % intervals."""
    most = max((p.volume_mm3.high or p.volume_mm3.value) for line in lines for p in line.points) / 1000
    ticks = _ticks(0.0, most)
    up = Axis(0.0, max(ticks[-1], most), top + PANEL, top)
    yield from _frame(across, up, ticks, "Volume, mL")
    taken: list[float] = []
    for line, color in zip(lines, COLORS, strict=False):
        places = [(across.at(p.day), up.at(p.volume_mm3.value / 1000)) for p in line.points]
        for place, after, point in zip(places, places[1:], line.points[1:], strict=False):
            yield _path([place, after], color, dotted=point.volume_mm3.value == 0)
        for point, (x, y) in zip(line.points, places, strict=True):
            low, high = point.volume_mm3.low, point.volume_mm3.high
            if low is not None and high is not None:
                yield _whisker(x, (up.at(low / 1000), up.at(high / 1000)), color)
            yield _dot(x, y, color, hollow=point.volume_mm3.value == 0)
        x, y = places[0]
        while any(abs(y - other) < 16 for other in taken):
            y -= 16
        taken.append(y)
        yield _edged(_text((x + 10, y - 6), line.title, color, weight=600))


def _blood(line: BloodLine, across: Axis, top: float, label: str, crossed: Sequence[float]) -> Iterator[str]:
    """One analyte with its range as a band; numbers stand beside the lines of treatments, not under them."""
    values = [one.value for one in line.points if one.value is not None]
    ends = [end for end in line.reference or () if end is not None]
    low, high = min([*values, *ends]), max([*values, *ends])
    spare = (high - low or abs(high) or 1.0) * 0.12
    up = Axis(max(low - spare, 0.0) if low >= 0 else low - spare, high + spare, top + BLOOD, top)
    if line.reference is not None:
        first, second = (
            up.at(end if end is not None else limit)
            for end, limit in zip(line.reference, (up.low, up.high), strict=True)
        )
        yield (
            f'<rect x="{LEFT:g}" y="{second:.1f}" width="{WIDTH - LEFT - RIGHT:g}" height="{first - second:.1f}" '
            f'fill="{BAND}" fill-opacity="0.15"/>'
        )
    yield from _frame(across, up, [tick for tick in _ticks(up.low, up.high, 3) if up.low <= tick <= up.high], label)
    places = [(across.at(one.day or 0), up.at(one.value)) for one in line.points if one.value is not None]
    yield _path(places, INK)
    for one, (x, y) in zip([p for p in line.points if p.value is not None], places, strict=True):
        outside = one.status in ("low", "high")
        yield _dot(x, y, OUTSIDE if outside else INK, hollow=False)
        bound = "" if one.comparator is None else one.comparator + " "
        words, color = bound + three_digits(one.value or 0.0), OUTSIDE if outside else MUTED
        beside = [other for other in crossed if abs(other - x) < NUMBER / 2]
        at, anchor = (max(beside) + 4, "start") if beside else (x, "middle")
        yield _edged(_text((at, y - 8), words, color, anchor=anchor, size=12))


def _frame(across: Axis, up: Axis, ticks: Iterable[float], label: str) -> Iterator[str]:
    """Hairlines at the ticks, their numbers, and what is shown."""
    for tick in ticks:
        y = up.at(tick)
        yield f'<line x1="{across.start:g}" y1="{y:.1f}" x2="{across.end:g}" y2="{y:.1f}" stroke="{LINE}"/>'
        yield _text((across.start - 8, y + 4), _digits(tick), MUTED, anchor="end", size=12)
    name, _, unit = label.partition(", ")
    middle = (up.start + up.end) / 2
    yield _text((across.end + 12, middle - 2), name, INK, weight=600)
    yield _text((across.end + 12, middle + 15), unit, MUTED, size=12)


def _in_rows(treatments: Iterable[tuple[str, int]], across: Axis) -> list[tuple[str, float, int]]:
    """Name, place and row of each treatment: always below the names that reach over it, so that its line, which goes
    down from its own name, runs through none.
    """
    placed: list[tuple[str, float, int]] = []
    ends: list[float] = []
    for what, day in sorted(treatments, key=lambda one: one[1]):
        x, name = across.at(day), what.replace("_", " ")
        row = max((placed[k][2] + 1 for k, end in enumerate(ends) if end > x), default=0)
        placed.append((name, x, row))
        ends.append(x + LETTER * len(name) + 12)
    return placed


def _treatments(placed: Iterable[tuple[str, float, int]], bottom: float) -> Iterator[str]:
    """A dashed line across all panels, its name above them."""
    for name, x, row in placed:
        y = FIRST_NAME + NAME * row
        yield (
            f'<line x1="{x:.1f}" y1="{y + 4:g}" x2="{x:.1f}" y2="{bottom:g}" stroke="{TREATMENT}" '
            f'stroke-dasharray="4 4" stroke-width="1.4"/>'
        )
        yield _text((x + 5, y), name, TREATMENT, weight=600)


def _days(across: Axis, days: tuple[int, int], bottom: float) -> Iterator[str]:
    """The axis below."""
    yield f'<line x1="{across.start:g}" y1="{bottom:g}" x2="{across.end:g}" y2="{bottom:g}" stroke="{MUTED}"/>'
    for tick in _ticks(days[0], days[1], 6):
        if across.low <= tick <= across.high:
            x = across.at(tick)
            yield f'<line x1="{x:.1f}" y1="{bottom:g}" x2="{x:.1f}" y2="{bottom + 5:g}" stroke="{MUTED}"/>'
            yield _text((x, bottom + 19), _digits(tick), MUTED, anchor="middle", size=12)
    yield _text((across.end + 12, bottom + 19), "days", MUTED, size=12)


def _studies(timeline: Timeline, across: Axis, bottom: float) -> Iterator[str]:
    """A mark for each study below the axis, its number in it; of one day side by side."""
    shown: list[float] = []
    for number, _, day in timeline.studies:
        x = across.at(day)
        while any(abs(x - other) < 17 for other in shown):
            x += 17
        shown.append(x)
        yield f'<circle cx="{x:.1f}" cy="{bottom + 34:g}" r="8" fill="#fff" stroke="{MUTED}"/>'
        yield _text((x, bottom + 38), str(number), MUTED, anchor="middle", size=11)
    yield _text((LEFT - 8, bottom + 38), "study", MUTED, anchor="end", size=12)


def _ticks(low: float, high: float, about: int = 5) -> list[float]:
    """Round numbers that span a range."""
    raw = (high - low) / about or 1.0
    unit = 10.0 ** floor(log10(raw))
    step = next(unit * m for m in (1, 2, 2.5, 5, 10) if unit * m >= raw * 0.999)
    first, last = floor(low / step + 1e-9), ceil(high / step - 1e-9)
    return [round(k * step, 10) for k in range(first, last + 1)]


def _digits(tick: float) -> str:
    """As numbers stand in the text."""
    return number_words(tick) if abs(tick) >= 1000 else f"{tick:g}".replace("-", "\u2212")


def _path(places: Sequence[tuple[float, float]], color: str, *, dotted: bool = False) -> str:
    points = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
    dots = ' stroke-dasharray="1.5 5" stroke-linecap="round"' if dotted else ""
    return f'<polyline points="{points}" fill="none" stroke="{color}" stroke-width="2"{dots}/>'


def _dot(x: float, y: float, color: str, *, hollow: bool) -> str:
    fill = "#fff" if hollow else color
    return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4.5" fill="{fill}" stroke="{color}" stroke-width="2"/>'


def _whisker(x: float, ends: tuple[float, float], color: str) -> str:
    low, high = ends
    caps = "".join(
        f'<line x1="{x - 5:.1f}" y1="{y:.1f}" x2="{x + 5:.1f}" y2="{y:.1f}" stroke="{color}"/>' for y in ends
    )
    return f'<line x1="{x:.1f}" y1="{low:.1f}" x2="{x:.1f}" y2="{high:.1f}" stroke="{color}"/>{caps}'


def _text(
    at: tuple[float, float], words: str, color: str, *, anchor: str = "start", size: int = 13, weight: int = 400
) -> str:
    x, y = at
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" fill="{color}" text-anchor="{anchor}" font-size="{size}" '
        f'font-weight="{weight}">{escape(words)}</text>'
    )


def _edged(text: str) -> str:
    """Words with a white edge, where the line of a treatment may run behind them."""
    edge = 'stroke="#fff" stroke-width="4" stroke-linejoin="round" paint-order="stroke"'
    return text.replace("<text ", f"<text {edge} ", 1)
