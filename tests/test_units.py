"""Units: every spelling means one unit, every conversion is that of physics, and nothing is guessed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calcimeter.errors import UnknownUnit
from calcimeter.knowledge.analytes import analytes
from calcimeter.units import Quantity, convert, resolve


def quantity(term: str) -> Quantity:
    return analytes()[term].quantity


@pytest.mark.parametrize(
    ("term", "value", "unit", "canonical"),
    [
        ("calcium", 10.0, "mg/dL", 2.495),
        ("calcium", 5.0, "meq/L", 2.5),
        ("calcium", 0.0025, "mol/L", 2.5),
        ("calcium_ionized", 4.8, "mg/dL", 1.198),
        ("phosphate", 4.5, "mg/dL", 1.453),
        ("creatinine", 1.0, "mg/dL", 88.4),
        ("pth_intact", 1.0, "pmol/L", 9.425),
        ("pth_intact", 65.0, "ng/L", 65.0),
        ("vitamin_d_25", 20.0, "ng/mL", 49.9),
        ("vitamin_d_1_25", 40.0, "pg/mL", 96.0),
        ("urate", 6.0, "mg/dL", 356.9),
        ("urate", 0.36, "mmol/L", 360.0),
        ("albumin", 4.0, "g/dL", 40.0),
        ("urea", 60.0, "mg/dL", 9.99),
        ("urea", 28.0, "mg{N}/dL", 9.995),
        ("magnesium", 2.0, "meq/L", 1.0),
        ("magnesium", 2.43, "mg/dL", 1.0),
        ("bicarbonate", 24.0, "meq/L", 24.0),
        ("alkaline_phosphatase", 1.0, "ukat/L", 60.0),
        ("alkaline_phosphatase", 1000.0, "nkat/L", 60.0),
        ("ace", 52.0, "nmol/mL/min", 52.0),
        ("crp", 1.2, "mg/dL", 12.0),
        ("egfr", 1.0, "mL/s/{1.73_m2}", 60.0),
        ("calcium_phosphate_product", 55.0, "mg2/dL2", 4.431),
        ("tubular_phosphate_reabsorption", 0.97, "1", 97.0),
    ],
)
def test_a_conversion_is_that_of_the_molar_mass(term, value, unit, canonical) -> None:
    assert convert(value, unit, quantity(term)) == pytest.approx(canonical, rel=1e-3)


@pytest.mark.parametrize(
    ("term", "spelling", "code"),
    [
        ("calcium", "MG/DL", "mg/dL"),
        ("calcium", "mg%", "mg/dL"),
        ("calcium", "mval/l", "meq/L"),
        ("calcium", " mmol / l ", "mmol/L"),
        ("creatinine", "µmol/L", "umol/L"),
        ("creatinine", "\u03bcmol/l", "umol/L"),
        ("creatinine", "mcmol/L", "umol/L"),
        ("alkaline_phosphatase", "IU/L", "U/L"),
        ("alkaline_phosphatase", "UI/L", "U/L"),
        ("creatine_kinase", "IE/l", "U/L"),
        ("alkaline_phosphatase", "u/l", "U/L"),
        ("egfr", "ml/min/1,73m²", "mL/min/{1.73_m2}"),
        ("egfr", "mL/min/1.73 m^2", "mL/min/{1.73_m2}"),
        ("esr", "mm/1h", "mm/h"),
        ("fgf23_c_terminal", "kRU/L", "{RU}/mL"),
        ("calcium_phosphate_product", "mg²/dL²", "mg2/dL2"),
        ("calcium_phosphate_product", "(mmol/l)²", "mmol2/L2"),
    ],
)
def test_a_spelling_of_hospitals_means_one_code(term, spelling, code) -> None:
    assert resolve(spelling, quantity(term)) == code


@pytest.mark.parametrize(
    ("term", "spelling", "nearest"),
    [
        ("calcium", "mmol", "mmol/L"),
        ("calcium", "?mol/L", "mmol/L"),
        ("calcium", "mg{CaCO3}/dL", "mg/dL"),
        ("calcium", "U/L", "mmol/L"),
        ("fgf23_c_terminal", "pg/mL", "RU"),
        ("albumin", "mmol/L", "g/L"),
        ("pth_intact", "", "pg/mL"),
        ("esr", "mm", "mm/h"),
    ],
)
def test_what_is_no_unit_of_it_is_refused_with_the_nearest(term, spelling, nearest) -> None:
    with pytest.raises(UnknownUnit, match=rf"nearest: .*{nearest}"):
        resolve(spelling, quantity(term))


@given(st.sampled_from(sorted(analytes())), st.floats(1e-3, 1e6))
def test_every_usual_unit_converts_in_proportion(term, value) -> None:
    about = quantity(term)
    for unit in about.usual:
        factor = convert(1.0, unit, about)
        assert factor > 0.0
        assert convert(value, unit, about) == pytest.approx(value * factor)
    assert convert(value, about.unit, about) == value
