"""Whether a patch is a level."""

from __future__ import annotations

from enum import Enum
from typing import NamedTuple

import numpy as np

from calcimeter.ct.fluid.fit import Interface
from calcimeter.ct.fluid.layers import Layers
from calcimeter.ct.settings import FluidSettings


class Verdict(Enum):
    """What a patch is."""

    LEVEL = "level"
    NOTHING = "nothing"
    TOO_SMALL = "too small to tell"


class Judgment(NamedTuple):
    """What a patch is, and by how many standard errors it is flatter than a dome."""

    verdict: Verdict
    flatness: float


def is_hopeless(interface: Interface, s: FluidSettings) -> bool:
    """Whether a surface leans or bows too much for a level of this width, or its step is too low.

    Noise makes a flat surface bow: by a standard error more than what is allowed, or twice of it at most.
    """
    allowed_mm = min(s.max_bow_mm, interface.seen_mm2 / s.min_radius_mm)
    allowed_mm += min(interface.bow_error_mm, allowed_mm)
    leans = interface.tilt_deg > s.max_tilt_deg or interface.bow_mm > allowed_mm
    return leans or interface.hu_below - interface.hu_above < s.min_step_hu


def judge(interface: Interface, layers: Layers, noise_hu: float, s: FluidSettings) -> Judgment:
    """A level is a step of the deposit's own, even above and below, that neither bows nor leans.

    What bows more than a dome of ``min_radius_mm``, or the floor of such a shell, would in these columns is no level.
    Where noise leaves the bow so uncertain that a dome of ``dome_mm``, or of the deposit's own roundness if that is
    more, can't be told from it, or the tilt, the patch is too small; so is what is a few columns across each way, where
    a dome would show no bow either.
    """
    if is_hopeless(interface, s) or not _is_layered(interface, layers, noise_hu, s):
        return Judgment(Verdict.NOTHING, 0.0)
    of_dome_mm = min(s.most_bow_mm, interface.seen_mm2 / min(s.dome_mm, layers.dome_mm))
    flatness = (of_dome_mm - interface.bow_mm) / max(interface.bow_error_mm, 1e-6)
    sure = flatness >= s.dome_errors and interface.tilt_error_deg <= s.max_tilt_error_deg
    if interface.tilt_error_deg > s.max_tilt_error_deg:
        flatness = 0.0
    return Judgment(Verdict.LEVEL if sure else Verdict.TOO_SMALL, flatness)


def _is_layered(interface: Interface, layers: Layers, noise_hu: float, s: FluidSettings) -> bool:
    """Whether two even layers lie on one another, over the width of their locule and nowhere else.

    What no envelope encloses must be as watery as fluid: the blurred edge of a mass in muscle is denser. And it must
    lie on much of the mass: the top of any mass is flat over a small part of it. What is no thicker than a wall is the
    floor of a locule.
    """
    step = interface.hu_below - interface.hu_above
    expected = float(np.hypot(noise_hu, s.max_residual_share * step))
    open_fluid = interface.hu_above <= s.max_open_hu and layers.cover_share >= s.min_open_share
    return bool(
        (open_fluid or layers.enclosed_share >= s.enclosed_share)
        and interface.residual_hu <= s.max_residual * expected
        and min(layers.below_mm, layers.above_mm) >= s.min_layer_mm
        and layers.aside_rise_share <= s.max_aside_rise_share
        and layers.fluid_span_share >= s.min_span_share
        and layers.raggedness <= s.max_raggedness
        and layers.height_mm >= s.min_sediment_mm
    )
