import numpy as np
import pytest
from film_cases import shadow, study
from hypothesis import given, settings
from hypothesis import strategies as st

from calcimeter.errors import UsageError
from calcimeter.model.plane import PlaneCalibration
from calcimeter.model.radiograph import Marks
from calcimeter.phantom.radiograph import expose_radiograph, radiograph_of
from calcimeter.radiograph.look import look
from calcimeter.radiograph.settings import RadiographSettings

SETTINGS = RadiographSettings()


def at(values, point, **changes):
    return look(study(values, **changes), Marks(points=(point,)), SETTINGS)


@pytest.mark.parametrize("power", [0.0, 0.5], ids=["plate", "rounded"])
def test_a_plate_and_a_rounded_body_have_the_area_of_their_shadow(power):
    (found,) = at(shadow(power=power), (137.0, 115.0)).deposits
    assert found.area_px.value == pytest.approx(np.pi * 30 * 20, rel=0.03)
    assert found.axes.long_px.value == pytest.approx(60, abs=1.5)
    assert found.axes.short_px.value == pytest.approx(40, abs=1.5)
    assert found.centroid_px == pytest.approx((130, 118), abs=0.5)
    assert found.area_px.low < np.pi * 30 * 20 < found.area_px.high


@settings(max_examples=3, deadline=None, derandomize=True)
@given(
    column=st.floats(95, 165),
    row=st.floats(90, 150),
    radius=st.floats(14, 34),
    longer=st.floats(1.0, 1.6),
    turn=st.floats(0, 3.1),
)
def test_an_ellipse_anywhere_has_its_area(column, row, radius, longer, turn):
    values = shadow((radius * longer, radius), (column, row), turn=turn)
    (found,) = at(values, (column + radius / 4, row - radius / 4)).deposits
    assert found.area_px.value == pytest.approx(np.pi * radius**2 * longer, rel=0.05)
    assert found.axes.long_px.value == pytest.approx(2 * radius * longer, rel=0.04)


def test_twice_the_contrast_and_another_level_change_no_outline():
    values = shadow()
    (once,), (again,) = (at(v, (130.0, 118.0)).deposits for v in (values, 2 * values - 300))
    assert again.area_px.value == pytest.approx(once.area_px.value, rel=1e-4)
    assert again.contrast.value == pytest.approx(2 * once.contrast.value, rel=1e-3)
    assert again.contrast_to_noise == pytest.approx(once.contrast_to_noise, rel=1e-3)


def test_the_turned_over_image_gives_the_turned_over_outline():
    values = shadow()
    (plain,) = at(values, (134.0, 118.0)).deposits
    (turned,) = at(values[:, ::-1], (259 - 134.0, 118.0)).deposits
    assert turned.area_px.value == pytest.approx(plain.area_px.value, rel=0.01)
    assert turned.centroid_px[0] == pytest.approx(259 - plain.centroid_px[0], abs=0.3)


def test_where_there_is_only_noise_nothing_is_outlined():
    noise = 500 + 10 * np.random.default_rng(4).standard_normal((240, 260))
    found = at(noise, (130.0, 120.0))
    assert not found.deposits
    assert found.codes == {"OUTLINE_NOT_FOUND"}
    (suspect,) = found.suspects
    assert suspect.because


def test_an_edge_of_bone_alone_is_no_deposit():
    rows, columns = np.indices((240, 260))
    shaft = 500 + 150.0 * (np.abs(columns - 130) < 35) + 4 * np.random.default_rng(2).standard_normal(rows.shape)
    assert not at(shaft, (130.0, 120.0)).deposits


def test_a_deposit_over_the_edge_of_a_shaft_keeps_its_area_or_is_refused():
    _, columns = np.indices((240, 260))
    values = shadow(power=0.0, noise=3.0) + 120.0 * (columns > 138)
    for deposit in at(values, (126.0, 118.0)).deposits:
        assert deposit.area_px.value == pytest.approx(np.pi * 600, rel=0.08)
        assert "DEPOSIT_OVER_BONE" in deposit.caveats


def test_a_box_says_which_of_two_borders_is_meant():
    values = shadow((60.0, 50.0), power=0.0) + shadow((24.0, 18.0), power=0.0, noise=0.0) - 500
    for radii in ((60.0, 50.0), (24.0, 18.0)):
        box = (130 - radii[0], 118 - radii[1], 130 + radii[0], 118 + radii[1])
        (found,) = look(study(values), Marks(boxes=(box,)), SETTINGS).deposits
        assert found.given == "box"
        assert found.area_px.value == pytest.approx(np.pi * radii[0] * radii[1], rel=0.05)


def test_a_box_around_something_else_is_refused():
    found = look(study(shadow()), Marks(boxes=((20.0, 20.0, 80.0, 70.0),)), SETTINGS)
    assert not found.deposits
    assert len(found.suspects) == 1


def test_a_box_around_most_of_the_image_is_not_outlined():
    rows, columns = shadow().shape
    found = look(study(shadow()), Marks(boxes=((2.0, 2.0, columns - 3.0, rows - 3.0),)), SETTINGS)

    assert found.deposits == ()
    assert "most of the image" in found.suspects[0].because
    assert "OUTLINE_NOT_FOUND" in found.codes


@pytest.mark.parametrize("point", [(-1.0, 5.0), (5.0, 240.0), (300.0, 5.0)])
def test_a_point_outside_the_image_is_wrong_usage(point):
    with pytest.raises(UsageError, match="outside the image"):
        at(shadow(), point)


def test_a_box_outside_the_image_is_told_as_it_was_given():
    with pytest.raises(UsageError, match=r"the box 0,0,5000,4000 lies with its middle outside the image"):
        look(study(shadow()), Marks(boxes=((0.0, 0.0, 5000.0, 4000.0),)), SETTINGS)


def test_a_point_beyond_the_collimator_is_wrong_usage():
    exposed = np.zeros((240, 260), dtype=bool)
    exposed[20:220, 20:240] = True
    with pytest.raises(UsageError, match="not exposed"):
        at(shadow(), (5.0, 5.0), exposed=exposed)


def test_lengths_are_null_without_a_plane_and_scaled_with_one():
    plane = PlaneCalibration("patient", 0.2, (0.9, 1.05), 1.2, "a ball")
    (without,), (within,) = (at(shadow(), (130.0, 118.0), plane=p).deposits for p in (None, plane))
    assert without.area_mm2 is None
    assert without.long_axis_mm is None
    assert within.long_axis_mm.value == pytest.approx(0.2 * within.axes.long_px.value)
    assert within.area_mm2.value == pytest.approx(0.04 * within.area_px.value)


def test_the_uid_is_that_of_the_place_whatever_the_point():
    (one,), (other,) = (at(shadow(), point).deposits for point in ((130.0, 118.0), (136.0, 114.0)))
    assert one.tracking_uid == other.tracking_uid
    assert one.area_px.value == pytest.approx(other.area_px.value, rel=0.02)


@pytest.fixture(scope="module")
def thigh():
    return expose_radiograph(*radiograph_of("radiograph-thigh"))


def test_the_sphere_beside_the_femur_is_measured(thigh):
    truth = thigh.truth["deposits"][0]
    film = study(thigh.stored, plane=PlaneCalibration("patient", 0.3 / truth["magnification"], (1.0, 1.0)))
    (pointed,) = look(film, Marks(points=(tuple(truth["centroid_px"]),)), SETTINGS).deposits
    assert pointed.area_mm2.value == pytest.approx(np.pi * 100, rel=0.08)
    assert pointed.long_axis_mm.value == pytest.approx(20, rel=0.05)
    assert pointed.short_axis_mm.value == pytest.approx(20, rel=0.05)


def test_a_search_finds_the_spot_and_says_how_much_it_looked_at():
    found = look(study(shadow()), Marks(), SETTINGS)
    (deposit,) = found.deposits
    assert deposit.given is None
    assert deposit.centroid_px == pytest.approx((130, 118), abs=1)
    assert deposit.area_px.value == pytest.approx(np.pi * 600, rel=0.05)
    assert 0.6 * 240 * 260 < found.examined_px < 240 * 260


def test_a_search_of_noise_and_a_shaft_measures_nothing():
    rows, columns = np.indices((240, 260))
    shaft = 500 + 150.0 * (np.abs(columns - 130) < 35) + 4 * np.random.default_rng(2).standard_normal(rows.shape)
    assert not look(study(shaft), Marks(), SETTINGS).deposits


def test_two_points_in_one_deposit_are_one_deposit():
    found = look(study(shadow()), Marks(points=((130.0, 118.0), (135.0, 120.0))), SETTINGS)
    assert len(found.deposits) == 1
    assert not found.suspects


def test_a_box_of_a_few_pixels_measures_no_noise():
    found = look(study(shadow()), Marks(boxes=((128.0, 116.0, 132.0, 120.0),)), SETTINGS)
    assert not found.deposits
    assert "too small" in found.suspects[0].because


@pytest.mark.parametrize("column", [104.0, 153.0, 158.0, 163.0, 175.0])
def test_a_point_beside_a_deposit_measures_none_that_does_not_hold_it(column):
    for deposit in look(study(shadow()), Marks(points=((column, 118.0),)), SETTINGS).deposits:
        assert abs(column - 130) < 31
        assert deposit.area_px.value == pytest.approx(np.pi * 600, rel=0.08)


def test_a_collimators_edge_beside_a_deposit_is_no_part_of_its_border():
    """Beyond the edge little arrives, and the image is as bright as bone."""
    values = shadow(radii=(30.0, 24.0), middle=(214.0, 118.0))
    exposed = np.ones(values.shape, dtype=bool)
    exposed[:, 248:] = False
    values[:, 246:] = 900.0
    (found,) = at(values, (214.0, 118.0), exposed=exposed).deposits
    assert found.area_px.value == pytest.approx(np.pi * 30 * 24, rel=0.05)


def test_a_deposit_that_a_collimator_cuts_off_is_marked():
    values = shadow(radii=(30.0, 24.0), middle=(214.0, 118.0))
    exposed = np.ones(values.shape, dtype=bool)
    exposed[:, 238:] = False
    values[:, 236:] = 900.0
    found = look(study(values, exposed=exposed), Marks(boxes=((184, 94, 238, 142),)), SETTINGS)
    (cut,) = found.deposits
    assert "DEPOSIT_TOUCHES_EXPOSURE_BORDER" in cut.caveats
