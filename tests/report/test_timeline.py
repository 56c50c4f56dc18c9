"""The time line: its drawing, its tables and its record."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from dataclasses import replace

from calcimeter.model.chemistry import BloodValue
from calcimeter.model.measures import Estimate
from calcimeter.model.timeline import BloodLine, Timeline, VolumeLine, VolumePoint
from calcimeter.report.timeline_figure import draw_timeline, explain_timeline
from calcimeter.report.timeline_record import timeline_record
from calcimeter.report.timeline_table import timeline_tables

TREATMENT = "#7a4fb0"
SVG = "{http://www.w3.org/2000/svg}"


def blood(day, value, status):
    return BloodValue("phosphate", value, "mmol/L", status=status, day=day, reference=(0.8, 1.5))


COURSE = Timeline(
    volumes=(
        VolumeLine(
            1,
            "left hip <1>",
            (
                VolumePoint(0, 1, Estimate(130e3, 128e3, 132e3)),
                VolumePoint(200, 4, Estimate(0.0, 0.0, 15.0), "vanished"),
            ),
        ),
    ),
    blood=(BloodLine("phosphate", "mmol/L", (blood(-1, 2.38, "high"), blood(200, 1.36, "normal")), (0.8, 1.5)),),
    studies=((1, "ct", 0), (2, "ct", 0), (4, "ct", 200)),
    treatments=(("parathyroidectomy", 30), ("steroid_injection", 36)),
)


def words(drawing):
    return [text.text for text in ET.fromstring(drawing).iter(f"{SVG}text")]


def test_volumes_blood_and_treatments_are_all_drawn_and_text_is_escaped():
    drawing = draw_timeline(COURSE, {"phosphate": "phosphate, mmol/L"})
    told = words(drawing)
    assert {"left hip <1>", "parathyroidectomy", "steroid injection", "phosphate", "mmol/L", "2.38", "1.36"} <= set(
        told
    )
    assert [one for one in told if one in ("1", "2", "4")][-3:] == ["1", "2", "4"]
    assert draw_timeline(COURSE, {"phosphate": "phosphate, mmol/L"}) == drawing


def test_a_volume_that_is_gone_is_led_to_by_dots_for_nobody_saw_it_go():
    def dotted(timeline):
        lines = ET.fromstring(draw_timeline(timeline, {})).iter(f"{SVG}polyline")
        return [one.get("stroke-dasharray") is not None for one in lines]

    volumes = replace(COURSE, blood=())
    assert dotted(volumes) == [point.volume_mm3.value == 0 for line in COURSE.volumes for point in line.points[1:]]
    assert True in dotted(volumes)
    there = tuple(replace(line, points=line.points[:1] * 2) for line in COURSE.volumes)
    assert True not in dotted(replace(volumes, volumes=there))


def test_no_line_of_a_treatment_runs_through_the_number_of_a_result():
    line = replace(
        COURSE.blood[0], points=(blood(-1, 2.38, "high"), blood(32, 1.72, "high"), blood(200, 1.36, "normal"))
    )
    root = ET.fromstring(draw_timeline(replace(COURSE, blood=(line,)), {}))
    dashed = [float(one.get("x1")) for one in root.iter(f"{SVG}line") if one.get("stroke") == TREATMENT]
    (number,) = (one for one in root.iter(f"{SVG}text") if one.text == "1.72")
    assert number.get("text-anchor") == "start"
    assert float(number.get("x")) > max(dashed)
    others = [one.get("text-anchor") for one in root.iter(f"{SVG}text") if one.text in ("2.38", "1.36")]
    assert others == ["middle", "middle"]


def test_a_result_outside_its_range_is_red_and_a_volume_that_is_gone_is_a_ring():
    circles = list(ET.fromstring(draw_timeline(COURSE, {})).iter(f"{SVG}circle"))
    filled = [one.get("fill") for one in circles if one.get("r") == "4.5"]
    assert filled == ["#d98200", "#fff", "#b3261e", "#14181f"]


def test_later_days_lie_to_the_right_and_larger_volumes_higher():
    first, last = (
        one
        for one in ET.fromstring(draw_timeline(COURSE, {})).iter(f"{SVG}circle")
        if one.get("r") == "4.5" and one.get("stroke") == "#d98200"
    )
    assert float(first.get("cx")) < float(last.get("cx"))
    assert float(first.get("cy")) < float(last.get("cy"))


def test_a_single_day_is_no_time_line():
    assert draw_timeline(Timeline(), {}) == ""
    alone = Timeline(volumes=(VolumeLine(1, "hip", (VolumePoint(0, 1, Estimate(5.0)),)),), studies=((1, "ct", 0),))
    assert draw_timeline(alone, {}) == ""


def names_and_lines(drawing):
    """Names of treatments as left end, right end at 6 px a letter, and base line; lines as place and upper end."""
    root = ET.fromstring(drawing)
    names = [
        (float(one.get("x")), float(one.get("x")) + 6 * len(one.text), float(one.get("y")))
        for one in root.iter(f"{SVG}text")
        if one.get("fill") == TREATMENT
    ]
    lines = [
        (float(one.get("x1")), float(one.get("y1")))
        for one in root.iter(f"{SVG}line")
        if one.get("stroke") == TREATMENT
    ]
    return names, lines


def test_no_treatment_s_line_runs_through_a_name_and_no_name_lies_on_another():
    done = ("cinacalcet", 10), ("sodium_thiosulfate", 12), ("diet", 34), ("bisphosphonate", 36), ("resection", 150)
    names, lines = names_and_lines(draw_timeline(replace(COURSE, treatments=done), {}))
    assert len(names) == len(lines) == len(done)
    for left, right, base in names:
        assert not [x for x, upper in lines if left < x < right and upper < base], (left, right)
        assert sum(a < right and left < b and abs(y - base) < 13 for a, b, y in names) == 1


def test_many_names_of_treatments_stand_above_the_first_panel():
    done = tuple((f"treatment_{day}", day) for day in range(30, 36))
    drawing = draw_timeline(replace(COURSE, treatments=done), {})
    names, _ = names_and_lines(drawing)
    rings = [one for one in ET.fromstring(drawing).iter(f"{SVG}circle") if one.get("r") == "4.5"]
    assert max(y for _, _, y in names) < min(float(one.get("cy")) for one in rings)


def test_words_that_a_treatment_s_line_may_run_through_have_a_white_edge():
    texts = list(ET.fromstring(draw_timeline(COURSE, {})).iter(f"{SVG}text"))
    edged = [one for one in texts if one.text in ("left hip <1>", "2.38", "1.36")]
    assert len(edged) == 3
    assert {(one.get("stroke"), one.get("paint-order")) for one in edged} == {("#fff", "stroke")}


def test_the_legend_tells_of_what_is_drawn_and_of_nothing_else():
    whole = explain_timeline(COURSE)
    told = ("Volume of the filled envelope", "a ring is", "in green", "Dashed: treatments.", "from the first study.")
    assert all(words in whole["caption"] for words in told)
    blood = explain_timeline(replace(COURSE, volumes=()))
    assert blood["caption"].startswith("Blood results with their range in green, red where outside it. Dashed")
    assert blood["alt"] == "Blood results with their ranges and treatments over days."
    still_there = replace(COURSE.volumes[0], points=COURSE.volumes[0].points[:1])
    assert "ring" not in explain_timeline(replace(COURSE, volumes=(still_there,)))["caption"]
    alone = explain_timeline(replace(COURSE, treatments=(), blood=(replace(COURSE.blood[0], reference=None),)))
    assert not {"green", "red", "Dashed"} & set(alone["caption"].replace(":", "").split())
    assert explain_timeline(replace(COURSE, studies=()))["caption"].endswith("Days count from the first blood result.")


def test_tables_have_a_column_a_day_and_say_down_to_what_size_nothing_is_left():
    tables = timeline_tables(COURSE)
    assert tables["volumes"]["headings"] == ["Deposit", "Day 0", "Day 200"]
    (row,) = tables["volumes"]["rows"]
    assert row[0] == "1, left hip <1>"
    assert "128" in row[1]
    assert row[2].startswith("vanished (none over 15")
    (row,) = tables["blood"]["rows"]
    assert row[1].endswith("↑")
    assert not row[2].endswith(("↑", "↓"))
    assert tables["treatments"] == [["parathyroidectomy", "30"], ["steroid injection", "36"]]


def test_the_record_holds_days_and_no_dates():
    record = timeline_record(COURSE)
    assert record["volumes"][0]["points"][1] == {
        "day": 200,
        "study": 4,
        "volume_mm3": {"value": 0.0, "low": 0.0, "high": 15.0},
        "state": "vanished",
    }
    assert record["blood"][0]["points"][0]["status"] == "high"
    assert record["treatments"][1] == {"what": "steroid_injection", "day": 36}
