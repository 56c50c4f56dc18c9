"""Studies of a case, without images."""

from __future__ import annotations

import datetime as dt
from types import MappingProxyType

from calcimeter.model.case_result import CaseStudy, Sighting, StudyPair
from calcimeter.model.comparison import Change, Comparison
from calcimeter.model.measures import Estimate

DAY = dt.date(2019, 5, 1)


def seen(study, lesion=1, *, kind="ct", coronal=(100.0, 65.0), volume=130e3, **changed):
    """One deposit as one study shows it."""
    solid = kind == "ct"
    facts = {
        "tracking_uid": f"2.25.{study}{lesion}" if solid else None,
        "side": "left",
        "site": "hip" if solid else "pelvis",
        "long_axis_mm": coronal[0] if coronal else None,
        "short_axis_mm": coronal[1] if coronal else None,
        "projected_mm": MappingProxyType({"coronal": coronal} if coronal else {}),
        "volume_mm3": Estimate(volume, 0.98 * volume, 1.02 * volume) if solid else None,
    }
    return Sighting(study, lesion, kind, **{**facts, **changed})


def study(number, *deposits, kind="ct", day=0, region="pelvis", **changed):
    """One study of the case."""
    facts = {"deposits": deposits, "folder": f"studies/{number:02d}-{kind}", "limit_mm3": 15.0}
    return CaseStudy(number, kind, region, day, **{"status": "ok", **facts, **changed})


def change(earlier, later, state, volumes=(130e3, 0.0)):
    """What became of some deposits."""
    one, other = (Estimate(value, value, value) for value in volumes)
    motion = tuple(tuple(float(i == k) for k in range(4)) for i in range(4))
    return Change(
        tuple(earlier),
        tuple(later),
        "2.25.1",
        state,
        one if earlier else None,
        other if later else None,
        other.value - one.value,
        None,
        100.0,
        None,
        None,
        "",
        motion,
    )


def pair(earlier, later, *changes, days=180, response="stable"):
    """Two studies compared."""
    nothing = Estimate(0.0, 0.0, 0.0)
    comparison = Comparison(days, changes, response, "", nothing, nothing, 0, None, 15.0, ())
    return StudyPair(earlier, later, comparison, folder=f"comparisons/{earlier:02d}-{later:02d}")
