"""A radiograph of a scene with the truth about it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from calcimeter.phantom.radiograph.expose import Exposure, body_of, counted, signals_of, stored
from calcimeter.phantom.radiograph.rays import RaySums
from calcimeter.phantom.radiograph.truth import truth_of
from calcimeter.phantom.scene import Scene


@dataclass(frozen=True, slots=True, eq=False)
class RadiographReference:
    """A digital reference radiograph.

    Parameters
    ----------
    name : str
    stored : ndarray of uint16, (rows, columns)
        Gray levels as the file has them.
    truth : dict
        Schema ``calcimeter.truth/1``.
    exposure : Exposure
    """

    name: str
    stored: npt.NDArray[np.uint16]
    truth: dict[str, Any]
    exposure: Exposure


def expose_radiograph(scene: Scene, exposure: Exposure, body: RaySums | None = None) -> RadiographReference:
    """Take a radiograph of a scene; the same arguments give the same values.

    Parameters
    ----------
    body : RaySums or None
        Of ``body_of`` for the same tissues, bones and projection, where it is at hand: most of the work.
    """
    body = body or body_of(scene, exposure)
    signals = signals_of(scene, exposure, body)
    values = stored(counted(signals.signal, exposure), exposure)
    return RadiographReference(scene.name, values, truth_of(scene, exposure, signals, body), exposure)
