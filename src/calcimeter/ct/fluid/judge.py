"""Whether a patch is a level."""

from __future__ import annotations

from enum import Enum
from math import pi

import numpy as np

from calcimeter.ct.fluid.fit import Interface
from calcimeter.ct.fluid.layers import Layers
from calcimeter.ct.settings import FluidSettings


class Verdict(Enum):
    """What a patch is."""

    LEVEL = "level"
    NOTHING = "nothing"
    TOO_SMALL = "too small to tell"


def judge(interface: Interface, layers: Layers, noise_hu: float, s: FluidSettings) -> Verdict:
    """A level is a step of the deposit's own, even above and below, that neither bows nor leans.

    Of a dome of ``min_radius_mm``, or the floor of such a shell, a patch of this area would bow by its area over 2 pi
    times the radius: what bows more is no level. Where noise leaves the bow so uncertain that a dome of ``dome_mm``
    can't be told from it, or the tilt, the patch is too small.
    """
    if not _is_layered(interface, layers, noise_hu, s):
        return Verdict.NOTHING
    allowed_mm = min(s.max_bow_mm, layers.area_mm2 / (2 * pi * s.min_radius_mm))
    if interface.tilt_deg > s.max_tilt_deg or interface.bow_mm > allowed_mm:
        return Verdict.NOTHING
    of_dome_mm = min(s.most_bow_mm, layers.area_mm2 / (2 * pi * s.dome_mm))
    flat = of_dome_mm - interface.bow_mm >= s.dome_errors * interface.bow_error_mm
    return Verdict.LEVEL if flat and interface.tilt_error_deg <= s.max_tilt_error_deg else Verdict.TOO_SMALL


def _is_layered(interface: Interface, layers: Layers, noise_hu: float, s: FluidSettings) -> bool:
    """Whether two even layers lie on one another, over the width of their locule and nowhere else.

    What no envelope encloses must be as watery as fluid: the blurred edge of a mass in muscle is denser.
    """
    step = interface.hu_below - interface.hu_above
    expected = float(np.hypot(noise_hu, s.max_residual_share * step))
    watery = interface.hu_above <= s.max_open_hu or layers.enclosed_share >= s.enclosed_share
    return bool(
        step >= s.min_step_hu
        and watery
        and interface.residual_hu <= s.max_residual * expected
        and min(layers.below_mm, layers.above_mm) >= s.min_layer_mm
        and layers.aside_rise_share <= s.max_aside_rise_share
        and layers.fluid_span_share >= s.min_span_share
        and layers.raggedness <= s.max_raggedness
    )
