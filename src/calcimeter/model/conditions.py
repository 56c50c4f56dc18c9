"""What measuring has to know of a scan."""

from __future__ import annotations

from typing import NamedTuple

from calcimeter.model.calibration import Calibration
from calcimeter.model.measures import Gravity, Resolution


class Conditions(NamedTuple):
    """What measuring has to know of the scan."""

    calibration: Calibration
    resolution: Resolution
    gravity: Gravity
