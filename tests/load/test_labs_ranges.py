"""A laboratory's range beside a result: in another unit it gives the result away, far from usual it need not."""

from __future__ import annotations

import pytest

from calcimeter.errors import AmbiguousResult
from calcimeter.load.labs import lab_results

IN_ANOTHER_UNIT = [
    ("pth_intact", "pmol/L", (15, 65), "pg/mL"),
    ("pth_intact", "pg/mL", (1.6, 6.9), "pmol/L"),
    ("pth_intact", "pmol/L", (None, 65), "pg/mL"),
    ("pth_intact", "pg/mL", (None, 6.9), "pmol/L"),
    ("pth_intact", "pmol/L", (7, 53), "pg/mL"),
    ("urea", "mmol/L", (17, 43), "mg/dL"),
    ("urea", "mmol/L", (None, 50), "mg/dL"),
    ("urea", "mg/dL", (2.5, 7.8), "mmol/L"),
    ("urea", "mg/dL", (7, 20), "mg{N}/dL"),
    ("vitamin_d_25", "nmol/L", (30, 100), "ng/mL"),
    ("vitamin_d_25", "nmol/L", (20, 50), "ng/mL"),
    ("vitamin_d_25", "ng/mL", (75, 250), "nmol/L"),
    ("vitamin_d_25", "nmol/L", (20, None), "ng/mL"),
    ("vitamin_d_1_25", "pmol/L", (18, 72), "pg/mL"),
    ("vitamin_d_1_25", "pg/mL", (48, 192), "pmol/L"),
    ("alkaline_phosphatase", "U/L", (0.6, 2.2), "ukat/L"),
    ("alkaline_phosphatase", "ukat/L", (30, 130), "U/L"),
    ("ace", "ukat/L", (8, 52), "U/L"),
    ("creatine_kinase", "ukat/L", (None, 190), "U/L"),
    ("crp", "mg/L", (None, 0.5), "mg/dL"),
    ("crp", "mg/dL", (None, 5), "mg/L"),
    ("crp", "mg/dL", (0, 10), "mg/L"),
    ("tmp_gfr", "mmol/L", (2.5, 4.2), "mg/dL"),
    ("tubular_phosphate_reabsorption", "%", (0.82, 1.0), "1"),
    ("calcium_phosphate_product", "mmol2/L2", (None, 55), "mg2/dL2"),
    ("phosphate", "mmol/L", (None, 4.5), "mg/dL"),
    ("phosphate", "mg/dL", (0.8, None), "mmol/L"),
    ("creatinine", "umol/L", (None, 1.2), "mg/dL"),
    ("urate", "umol/L", (None, 7.0), "mg/dL"),
]
TAKEN = [
    ("pth_intact", "pg/mL", (6, 40)),
    ("pth_intact", "pg/mL", (18.5, 88)),
    ("pth_intact", "pmol/L", (0.7, 4.2)),
    ("pth_intact", "pmol/L", (None, 9.3)),
    ("pth_intact", "pg/mL", (150, 300)),  # aimed at on dialysis: no other unit makes a usual range of it
    ("pth_intact", "pg/mL", (130, 585)),
    ("pth_intact", "pg/mL", (None, 300)),
    ("urea", "mmol/L", (1.8, 6.4)),
    ("urea", "mg/dL", (17, 43)),
    ("urea", "mg/dL", (10, 50)),
    ("vitamin_d_25", "nmol/L", (50, 125)),
    ("vitamin_d_25", "nmol/L", (25, 125)),
    ("vitamin_d_25", "nmol/L", (30, None)),
    ("vitamin_d_25", "ng/mL", (10, 55)),
    ("vitamin_d_25", "ng/mL", (30, 100)),
    ("vitamin_d_25", "ng/mL", (None, 150)),
    ("vitamin_d_1_25", "pg/mL", (15, 60)),
    ("vitamin_d_1_25", "pg/mL", (24, 86)),
    ("alkaline_phosphatase", "U/L", (116, 468)),  # of a boy who grows
    ("alkaline_phosphatase", "U/L", (None, 500)),
    ("ace", "U/L", (65, 114)),
    ("crp", "mg/L", (None, 1.0)),
    ("crp", "mg/L", (0, 10)),
    ("crp", "mg/dL", (None, 0.3)),
    ("crp", "mg/dL", (None, 1.0)),
    ("egfr", "mL/min", (90, None)),
    ("creatinine_clearance", "mL/min", (97, 137)),
    ("creatinine_clearance", "mL/s", (1.5, 2.3)),
    ("phosphate", "mmol/L", (None, 1.78)),
    ("phosphate", "mmol/L", (0, 1.5)),
    ("calcium", "mg/dL", (None, 10.5)),
    ("creatine_kinase", "U/L", (None, 170)),
]


def read(analyte, unit, reference):
    return lab_results([{"analyte": analyte, "value": VALUES[analyte], "unit": unit, "reference": [*reference]}])


VALUES = {
    "pth_intact": 60, "urea": 42, "vitamin_d_25": 30, "vitamin_d_1_25": 60, "alkaline_phosphatase": 90, "ace": 20,
    "creatine_kinase": 150, "crp": 12, "tmp_gfr": 3, "tubular_phosphate_reabsorption": 95, "phosphate": 1.9,
    "calcium_phosphate_product": 40, "creatinine": 30, "urate": 12, "egfr": 80, "creatinine_clearance": 3, "calcium": 9,
}  # fmt: skip


@pytest.mark.parametrize(("analyte", "unit", "reference", "fitting"), IN_ANOTHER_UNIT)
def test_a_range_of_another_unit_is_refused_and_the_unit_is_named(analyte, unit, reference, fitting) -> None:
    with pytest.raises(AmbiguousResult, match=r"labs, item 1: met a reference range of .*none of it") as met:
        read(analyte, unit, reference)

    assert f"check the unit, for in {fitting} it is one" in str(met.value)


@pytest.mark.parametrize(("analyte", "unit", "reference"), TAKEN)
def test_a_range_that_a_laboratory_prints_is_taken(analyte, unit, reference) -> None:
    (result,) = read(analyte, unit, reference)

    assert result.reference == reference
