"""The time line: its drawing, its tables and its record."""

from __future__ import annotations

import xml.etree.ElementTree as ET

from calcimeter.model.chemistry import BloodValue
from calcimeter.model.measures import Estimate
from calcimeter.model.timeline import BloodLine, Timeline, VolumeLine, VolumePoint
from calcimeter.report.timeline_figure import draw_timeline
from calcimeter.report.timeline_record import timeline_record
from calcimeter.report.timeline_table import timeline_tables

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
