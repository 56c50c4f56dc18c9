"""A time line as JSON values."""

from __future__ import annotations

from typing import Any

from calcimeter.model.timeline import Timeline
from calcimeter.report.record import estimate_record, rounded


def timeline_record(timeline: Timeline) -> dict[str, Any]:
    """Volumes, blood results, studies and treatments by day; empty lists where nothing has a day."""
    return {
        "volumes": [
            {
                "deposit": line.deposit,
                "title": line.title,
                "points": [
                    {
                        "day": point.day,
                        "study": point.study,
                        "volume_mm3": estimate_record(point.volume_mm3),
                        "state": point.state,
                    }
                    for point in line.points
                ],
            }
            for line in timeline.volumes
        ],
        "blood": [
            {
                "analyte": line.analyte,
                "unit": line.unit,
                "points": [
                    {
                        "day": one.day,
                        "value": rounded(one.value),
                        "comparator": one.comparator,
                        "status": one.status,
                    }
                    for one in line.points
                ],
            }
            for line in timeline.blood
        ],
        "studies": [{"study": number, "kind": kind, "day": day} for number, kind, day in timeline.studies],
        "treatments": [{"what": what, "day": day} for what, day in timeline.treatments],
    }
