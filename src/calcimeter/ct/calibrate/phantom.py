"""A phantom that was scanned apart on the same scanner."""

from __future__ import annotations

from calcimeter.ct.calibrate.tube import Tube
from calcimeter.ct.settings import CalibrationSettings
from calcimeter.errors import UnsupportedStudy
from calcimeter.model.calibration import Calibration, PhantomScan
from calcimeter.model.study import CTStudy


def from_phantom(study: CTStudy, phantom: PhantomScan, tube: Tube | None, settings: CalibrationSettings) -> Calibration:
    """Its slope, if it was scanned at the study's voltage.

    Raises
    ------
    UnsupportedStudy
        Another voltage, or that of the study is not known; a slope that hydroxyapatite can't have.
    """
    if study.kvp is None or abs(study.kvp - phantom.kvp) > settings.same_kvp:
        met = "an unknown voltage" if study.kvp is None else f"{study.kvp:g} kV"
        raise UnsupportedStudy(
            f"met a scan at {met} and a phantom at {phantom.kvp:g} kV, expected the same; give the phantom's file of "
            "that voltage, or none"
        )
    is_unusual = check_slope(phantom.mg_ha_per_ml_per_hu, tube, settings)
    own = settings.phantom_uncertainty if phantom.relative_uncertainty is None else phantom.relative_uncertainty
    words = f"a phantom scanned apart at {phantom.kvp:g} kV"
    if phantom.kernel and study.kernel and phantom.kernel != study.kernel:
        words += f", with the kernel {phantom.kernel}: large even rods do not depend on it"
    beam = None if tube is None else tube.anywhere(phantom.mg_ha_per_ml_per_hu)
    return Calibration("phantom", phantom.mg_ha_per_ml_per_hu, own, words, beam, is_unusual)


def check_slope(slope: float, tube: Tube | None, settings: CalibrationSettings) -> bool:
    """Refuse a slope far from that of hydroxyapatite: another unit, or rods of something else.

    Returns
    -------
    bool
        Whether it lies outside what the table has at the voltage for bodies of any size; False without a voltage.

    Raises
    ------
    UnsupportedStudy
    """
    if tube is None:
        return False
    off = abs(slope / tube.nominal - 1)
    if off > settings.implausible:
        raise UnsupportedStudy(
            f"met a calibration of {slope:.3g} mg HA/ml per HU, expected about {tube.nominal:.2f} at {tube.kvp:g} kV; "
            "check the densities, which are in mg hydroxyapatite per ml, and that the boxes lie in the rods"
        )
    return off > tube.nominal_uncertainty
