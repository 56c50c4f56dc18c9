"""Both axes on a radiograph are those of the parallel projection that CT gives, once the magnification is known."""

from dataclasses import replace

import pytest
from film_cases import study

from calcimeter.model.plane import PlaneCalibration
from calcimeter.model.radiograph import Marks
from calcimeter.phantom import scene_of
from calcimeter.phantom.radiograph import body_of, expose_radiograph, radiograph_of
from calcimeter.radiograph.look import look
from calcimeter.radiograph.settings import RadiographSettings


@pytest.fixture(scope="module")
def thigh():
    _, exposure = radiograph_of("radiograph-thigh")
    exposure = replace(exposure, marker=None, collimation_px=None)
    return exposure, body_of(scene_of("sphere"), exposure)


@pytest.mark.parametrize("name", ["sphere", "ellipsoid", "lobed", "shell"])
def test_both_axes_are_within_five_percent_of_the_projection(thigh, name):
    exposure, body = thigh
    film = expose_radiograph(scene_of(name), exposure, body)
    (truth,) = film.truth["deposits"]
    plane = PlaneCalibration("patient", film.truth["geometry"]["pixel_mm"] / truth["magnification"], (1.0, 1.0))
    marks = Marks(boxes=(tuple(truth["box_px"]),))
    (found,) = look(study(film.stored, plane=plane), marks, RadiographSettings()).deposits
    axes_mm = [found.long_axis_mm.value, found.short_axis_mm.value]
    assert axes_mm == pytest.approx(truth["projected_mm"], rel=0.05)
