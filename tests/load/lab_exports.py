"""Laboratory exports as hospital systems write them; persons and numbers are invented."""

from __future__ import annotations

GOOD: dict[str, bytes] = {}
"""Name -> a file that is read without a word of complaint about its numbers."""

GOOD["long, LOINC, American"] = b"""\
Patient ID,Collection Date,Component,LOINC Code,Result,Units,Ref Range Lower,Ref Range Upper,Abnormal Flag
A17,05/13/2019 07:40,Calcium,17861-6,8.4,mg/dL,8.6,10.3,L
A17,05/13/2019 07:40,Phosphorus,2777-1,7.1,mg/dL,2.5,4.5,H
A17,05/13/2019 07:40,"PTH, Intact",2731-8,>900,pg/mL,15,65,HH
A17,05/13/2019 07:40,Albumin,1751-7,3.6,g/dL,3.5,5.0,
A17,05/13/2019 07:40,Creatinine,2160-0,8.20,mg/dL,0.70,1.30,H
A17,05/13/2019 07:40,Potassium,2823-3,5.1,mmol/L,3.5,5.1,
"""

GOOD["long, German, Latin-1, decimal commas"] = """\
Analyt;Ergebnis;Einheit;Referenzbereich;Abnahmedatum;Geschlecht
Calcium gesamt;2,05;mmol/l;2,20 - 2,60;02.05.2019;m
Phosphat anorganisch;2,23;mmol/l;0,8 - 1,5;02.05.2019;m
Kreatinin i.S.;812;µmol/l;60 - 100;02.05.2019;m
Alkalische Phosphatase;212;U/l;40 - 130;02.05.2019;m
Parathormon intakt;98,4;pmol/l;1,6 - 6,9;02.05.2019;m
Harnsäure;0,42;mmol/l;0,20 - 0,43;02.05.2019;m
""".encode("latin-1")

GOOD["wide, units in the headers"] = b"""\
Sample date,Calcium (mmol/L),Phosphate (mmol/L),PTH [ng/L],eGFR (mL/min/1.73m2),Sodium (mmol/L)
01/05/2019,2.31,1.92,640,9,139
23/10/2019,2.44,1.71,,8,141
"""

GOOD["cumulative, a column a date"] = b"""\
Untersuchung;Einheit;Normbereich;02.05.2019;14.06.2019;20.12.2019
Calcium, korrigiert;mmol/l;2,2-2,6;2,31;2,40;2,71
Phosphat;mmol/l;0,8-1,5;2,23;1,94;
PTH intakt;pg/ml;15-65;905;>1900;1240
Thyreotropin;mU/l;0,4-4,0;1,2;;1,6
"""

GOOD["tabs, lines before and after the table, byte order mark"] = "\ufeff".encode() + (
    b"County Hospital, Department of Clinical Chemistry\n"
    b"Printed for: ward 7\n\n"
    b"Test\tResult\tFlag\tUnits\tReference Range\tCollected\n"
    b"CALCIUM, TOTAL\t2.61\tH\tMMOL/L\t2.20-2.60\t2019-05-02 08:15\n"
    b"PHOSPHATE\t1.12\t\tMMOL/L\t0.80-1.50\t2019-05-02 08:15\n"
    b"PTH\t8.9\tL\tPG/ML\t15-65\t2019-05-02 08:15\n"
    b"25-OH VITAMIN D\t412\tH\tNMOL/L\t50-250\t2019-05-02 08:15\n"
    b"End of report\n"
)

GOOD["ward database"] = b"""\
subject_id,charttime,label,value,valuenum,valueuom,flag,ref_range_lower,ref_range_upper,comments
7,2019-05-02 06:00:00,"Calcium, Total",8.9,8.9,mg/dL,,8.4,10.3,
7,2019-05-02 06:00:00,Urea Nitrogen,56,56,mg/dL,abnormal,6,20,
7,2019-05-02 06:00:00,Creatinine,5.4,5.4,mg/dL,abnormal,0.5,1.2,
7,2019-05-02 06:00:00,Magnesium,2.1,2.1,mg/dL,,1.6,2.6,
7,2019-05-02 06:00:00,Bicarbonate,19,19,mEq/L,abnormal,22,32,
7,2019-05-02 06:00:00,Free Calcium,1.11,1.11,mmol/L,abnormal,1.12,1.32,
"""

GOOD["long, Spanish"] = """\
Prueba;Resultado;Unidades;Valores de referencia;Fecha de extracción
Calcio;9,2;mg/dL;8,5 - 10,5;13/05/2019
Fósforo;3,1;mg/dL;2,5 - 4,5;13/05/2019
Creatinina;0,81;mg/dL;0,6 - 1,2;13/05/2019
Ácido úrico;5,4;mg/dL;2,4 - 7,0;13/05/2019
Proteína C reactiva;12;mg/L;< 5;13/05/2019
""".encode()

GOOD["wide, a row of units and a row of ranges"] = """\
Date de prélèvement;Calcium;Phosphore;Albumine;Créatinine
Unités;mmol/L;mmol/L;g/L;µmol/L
Valeurs de référence;2,20-2,60;0,80-1,45;35-50;45-90
2019-05-02;2,28;0,91;41;62
2019-11-05;2,33;0,88;43;64
""".replace("Créatinine", "Creatinine").encode()

GOOD["Excel with sep, words in place of numbers"] = b"""\
sep=;
Test;Value;Unit;Date;Status
Phosphate;hemolyzed;mmol/L;2019-05-02;final
Phosphate;2.10;mmol/L;2019-05-03;final
Calcium total;1.31;mmol/L;2019-05-03;final
TSH;1.2;mU/L;2019-05-03;final
TSH;1.4;mU/L;2019-05-09;final
PTH;900;pg/mL;2019-05-03;cancelled
"""

GOOD["serum and urine, times of day"] = b"""\
Test,Specimen,Result,Unit,Date,Time
Phosphate,Serum,2.23,mmol/L,2019-05-02,08:00
Creatinine,Serum,60,umol/L,2019-05-02,08:00
Phosphate,Urine,4.1,mmol/L,2019-05-02,08:10
Creatinine,Urine,3.7,mmol/L,2019-05-02,08:10
Albumin,Urine,12,mg/L,2019-05-02,08:10
Glucose,Serum,5.1,mmol/L,2019-05-02,08:00
"""

GOOD["UTF-16, bars"] = "Test|Result|Unit|Date\nPTH|5,4|pmol/L|2019-05-02\nCa x P|4,1|mmol²/L²|2019-05-02\n".encode(
    "utf-16"
)

HEAD = "analyte,value,unit,date\n"

BROKEN: dict[str, tuple[bytes, str]] = {
    "a thousand or one and a quarter": (
        b'analyte,value,unit\nPTH,"1,234",pg/mL\n',
        "line 2: met '1,234', which can be",
    ),
    "a point that may be a comma's": (
        b"Analyt;Wert;Einheit\nPhosphat;2,23;mmol/l\nPTH;1.234;pg/ml\n",
        "line 3: met '1.234', which can be 1.234 or 1234",
    ),
    "an unknown unit": (
        f"{HEAD}Phosphate,2.23,mmol,2019-05-02\n".encode(),
        "line 2: met the unit 'mmol' for phosphate, .*nearest: mmol/L",
    ),
    "a unit of another analyte": (
        f"{HEAD}PTH,900,mg/dL,2019-05-02\n".encode(),
        "line 2: met the unit 'mg/dL' for intact PTH|which no patient has",
    ),
    "no unit": (b"analyte,value\nPhosphate,2.23\n", "line 2: met phosphate without a unit; expected one of mmol/L"),
    "a decimal comma outside quotes": (
        f"{HEAD}Phosphate,2,23,mmol/L,2019-05-02\n".encode(),
        "line 2: met 5 cells under a header of 4",
    ),
    "total or ionized, by the number": (
        f"{HEAD}Calcium,4.8,mg/dL,2019-05-02\n".encode(),
        "line 2: met a calcium of 4.8 mg/dL, .*name it 'calcium ionized' or 'calcium total'",
    ),
    "total or ionized, by the name": (
        f"{HEAD}Ca2+,1.9,mmol/L,2019-05-02\n".encode(),
        "line 2: met a calcium that can be total or ionized by its name",
    ),
    "total or ionized, by the range": (
        b"analyte,value,unit,reference range\nCalcium total,1.72,mmol/L,1.15-1.33\n",
        "line 2: met a reference range of 1.15 to 1.33 mmol/L for calcium, .*ionized",
    ),
    "day or month first": (
        f"{HEAD}Phosphate,2.23,mmol/L,02/05/2019\n".encode(),
        "line 2: met a date whose day and month",
    ),
    "two persons": (
        b"patient,analyte,value,unit\nAnna Muster,PTH,50,pg/mL\nBert Muster,PTH,60,pg/mL\n",
        "met results of 2 persons in one file",
    ),
    "a range in another unit": (
        b"analyte,value,unit,reference range\nPhosphate,3.5,mmol/L,2.5-4.5\n",
        "line 2: met a reference range of 2.5 to 4.5 mmol/L for phosphate, which is none of it",
    ),
    "a number that no patient has": (
        f"{HEAD}Calcium total,9.5,mmol/L,2019-05-02\n".encode(),
        "line 2: met calcium of 9.5 mmol/L, which no patient has; .*check unit",
    ),
    "a code beside another name": (
        b"test,loinc,value,unit\nCalcium,2777-1,2.2,mmol/L\n",
        "line 2: met the code of phosphate beside the name of calcium",
    ),
    "a code of blood on urine": (
        b'test,loinc,value,unit\n"Calcium, urine",2000-8,2.2,mmol/L\n',
        "line 2: met the code of calcium in blood on a sample of urine",
    ),
    "a negative number": (f"{HEAD}Phosphate,-2.2,mmol/L,\n".encode(), "line 2: met the negative number"),
    "two points": (f"{HEAD}Phosphate,2.2.3,mmol/L,\n".encode(), "line 2: met '2.2.3', which is no number"),
    "words": (f"{HEAD}Phosphate,see letter,mmol/L,\n".encode(), "line 2: met a value of phosphate that is no number"),
    "a day that does not exist": (
        f"{HEAD}Phosphate,2.2,mmol/L,2019-02-30\n".encode(),
        "line 2: met a date or time that does not exist",
    ),
    "a quote that does not close": (b'analyte,value,unit\n"Phosphate,2.2,mmol/L\n', "quotes that do not fit|no header"),
    "no header": (b"Phosphate,2.2,mmol/L\nCalcium,2.3,mmol/L\n", "met no header"),
    "nothing": (b"\n \n", "met an empty file"),
    "a header alone": (HEAD.encode(), "met a table without a result"),
    "a spreadsheet": (b"PK\x03\x04rest", "met a spreadsheet or an archive, .*export it as CSV"),
    "flag against flag": (
        b"analyte,value,unit,flag\nPhosphate,2.2 H,mmol/L,L\n",
        "line 2: met two flags, high and low",
    ),
}
"""Name -> a file that is refused, and what the message says."""
