"""Units of laboratory results: UCUM codes, the ways hospitals spell them, and conversion by molar mass.

Only units of concentration, activity and rate are known, not the whole of UCUM. An annotation in braces counts as one,
as UCUM has it, except ``{N}``: a mass of nitrogen, of which ``Quantity.annotated`` gives the molar mass.
"""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from calcimeter.errors import UnknownUnit


@dataclass(frozen=True, slots=True)
class Quantity:
    """What has to be known of an analyte to read and convert its units.

    Parameters
    ----------
    name : str
        For messages.
    unit : str
        The canonical unit as a UCUM code.
    usual : tuple of str
        UCUM codes that laboratories use for it; their spelling is matched without regard to case.
    molar_mass_g_per_mol : float or None
        None: mass and amount of substance can't be converted into one another.
    valence : int or None
        Charges an ion, for meq; None: it has no equivalents.
    annotated : mapping of str to float
        Molar masses, g/mol, of what an annotation names: ``{"N": 28.014}``.
    """

    name: str
    unit: str
    usual: tuple[str, ...]
    molar_mass_g_per_mol: float | None = None
    valence: int | None = None
    annotated: Mapping[str, float] = field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True, slots=True)
class _Unit:
    """A unit as a scale in g, mol, eq, L, m and s, and the power of each."""

    scale: float
    powers: Mapping[str, int]
    annotations: tuple[str, ...]


PREFIXES = {"k": 1e3, "d": 1e-1, "c": 1e-2, "m": 1e-3, "u": 1e-6, "n": 1e-9, "p": 1e-12, "f": 1e-15}
ATOMS: dict[str, tuple[float, dict[str, int]]] = {
    "g": (1.0, {"g": 1}),
    "mol": (1.0, {"mol": 1}),
    "eq": (1.0, {"eq": 1}),
    "L": (1.0, {"L": 1}),
    "l": (1.0, {"L": 1}),
    "m": (1.0, {"m": 1}),
    "s": (1.0, {"s": 1}),
    "min": (60.0, {"s": 1}),
    "h": (3600.0, {"s": 1}),
    "d": (86400.0, {"s": 1}),
    "U": (1e-6 / 60.0, {"mol": 1, "s": -1}),
    "kat": (1.0, {"mol": 1, "s": -1}),
    "%": (0.01, {}),
    "1": (1.0, {}),
}
"""Atoms of UCUM; U is a micromole a minute, kat a mole a second."""

SPELLINGS = {
    "mg%": "mg/dL",
    "g%": "g/dL",
    "mg/100ml": "mg/dL",
    "g/100ml": "g/dL",
    "mval/l": "meq/L",
    "iu/l": "U/L",
    "[iu]/l": "U/L",
    "ui/l": "U/L",
    "ie/l": "U/L",
    "units/l": "U/L",
    "mm/1sth": "mm/h",
    "mm/hr": "mm/h",
    "mm/1h": "mm/h",
    "mm/1hr": "mm/h",
    "mm/std": "mm/h",
    "mm/hour": "mm/h",
    "mm/stunde": "mm/h",
    "ml/min/1.73m2": "mL/min/{1.73_m2}",
    "ml/min/1,73m2": "mL/min/{1.73_m2}",
    "ml/min/1.73.m2": "mL/min/{1.73_m2}",
    "ml/min/1.73_m2": "mL/min/{1.73_m2}",
    "ml/minper1.73m2": "mL/min/{1.73_m2}",
    "ml/min/1.73sqm": "mL/min/{1.73_m2}",
    "ml/min/1.73": "mL/min/{1.73_m2}",
    "ml/min/{1.73m2}": "mL/min/{1.73_m2}",
    "ml/min/{1.73sqm}": "mL/min/{1.73_m2}",
    "ml/min/{1.73}m2": "mL/min/{1.73_m2}",
    "ml/s/1.73m2": "mL/s/{1.73_m2}",
    "ru/ml": "{RU}/mL",
    "kru/l": "{RU}/mL",
    "[arb'u]/ml": "{RU}/mL",
    "mmol2/l2": "mmol2/L2",
    "(mmol/l)2": "mmol2/L2",
    "mg2/dl2": "mg2/dL2",
    "(mg/dl)2": "mg2/dL2",
    "nmol/ml/min": "nmol/mL/min",
    "nmol/min/ml": "nmol/mL/min",
    "percent": "%",
}
"""Spellings, in lower case and without spaces, that are no UCUM codes."""

_TERM = re.compile(r"(?P<symbol>[A-Za-z%]+|1(?![0-9]))?(?P<power>-?[1-9])?(?:\{(?P<note>[^{}]*)\})?")


def resolve(spelling: str, quantity: Quantity) -> str:
    """The UCUM code that a spelling means for an analyte.

    Parameters
    ----------
    spelling : str
        As a laboratory writes it: "mg/dl", "µmol/L", "MMOL/L", "mL/min/1.73 m²".
    quantity : Quantity

    Returns
    -------
    str
        One of ``quantity.usual``, or another UCUM code that can be converted.

    Raises
    ------
    UnknownUnit
        Not known, or not a unit of this analyte.
    """
    plain = _plain(spelling)
    for code in quantity.usual:
        if plain.lower() == _plain(code).lower():
            return code
    candidates = [SPELLINGS.get(plain.lower(), plain), spelling.strip()]
    for code in candidates:
        if code and _factor(code, quantity) is not None:
            return code
    raise UnknownUnit(
        f"met the unit {spelling.strip()[:30]!r} for {quantity.name}, which is not known or no unit of it; "
        f"nearest: {', '.join(_nearest(plain, quantity))}"
    )


def convert(value: float, unit: str, quantity: Quantity) -> float:
    """A value in the analyte's canonical unit.

    Parameters
    ----------
    value : float
    unit : str
        A UCUM code, as ``resolve`` gives it.
    quantity : Quantity

    Returns
    -------
    float
        In ``quantity.unit``.

    Raises
    ------
    UnknownUnit
        It can't be converted: another dimension, or a mass without molar mass.
    """
    factor = _factor(unit, quantity)
    if factor is None:
        raise UnknownUnit(
            f"met the unit {unit[:30]!r} for {quantity.name}, which can't be converted to {quantity.unit}; "
            f"expected {' or '.join(quantity.usual)}"
        )
    return value * factor


def _factor(unit: str, quantity: Quantity) -> float | None:
    """What a value in ``unit`` is multiplied by; None where it can't be converted."""
    if unit == quantity.unit:
        return 1.0
    given, wanted = _parse(unit), _parse(quantity.unit)
    if given is None or wanted is None or not _known_annotations(given, quantity):
        return None
    if given.powers == wanted.powers and not (set(given.annotations) & set(quantity.annotated)):
        return given.scale / wanted.scale
    given, wanted = _in_moles(given, quantity), _in_moles(wanted, quantity)
    if given is None or wanted is None or given.powers != wanted.powers:
        return None
    return given.scale / wanted.scale


def _known_annotations(unit: _Unit, quantity: Quantity) -> bool:
    """Whether every annotation is one of the analyte's: "mg{CaCO3}/dL" of calcium is no mass of calcium."""
    usual = "".join(quantity.usual)
    return all(note in quantity.annotated or f"{{{note}}}" in usual for note in unit.annotations)


def _in_moles(unit: _Unit, quantity: Quantity) -> _Unit | None:
    """A unit with mass and equivalents turned into amount of substance, as far as the analyte allows."""
    powers = dict(unit.powers)
    scale = unit.scale
    mass = powers.pop("g", 0)
    if mass:
        named = [quantity.annotated[note] for note in unit.annotations if note in quantity.annotated]
        molar_mass = named[0] if named else quantity.molar_mass_g_per_mol
        if molar_mass is None:
            return unit
        scale /= molar_mass**mass
        powers["mol"] = powers.get("mol", 0) + mass
    charge = powers.pop("eq", 0)
    if charge:
        if quantity.valence is None:
            return None
        scale /= float(quantity.valence) ** charge
        powers["mol"] = powers.get("mol", 0) + charge
    return _Unit(scale, {name: power for name, power in powers.items() if power}, unit.annotations)


def _parse(code: str) -> _Unit | None:
    """A UCUM code taken apart; None where it is not understood."""
    scale, powers, notes = 1.0, dict[str, int](), list[str]()
    for position, part in enumerate(re.split(r"/(?![^{]*\})", code)):
        sign = 1 if position == 0 else -1
        for term in re.split(r"\.(?![^{]*\})", part):
            found = _TERM.fullmatch(term)
            if not term or found is None:
                return None
            if found["note"] is not None:
                notes.append(found["note"])
            if found["symbol"] is None:
                if found["note"] is None:
                    return None
                continue
            atom = _atom(found["symbol"])
            if atom is None:
                return None
            power = sign * int(found["power"] or 1)
            scale *= atom[0] ** power
            for name, exponent in atom[1].items():
                powers[name] = powers.get(name, 0) + exponent * power
    return _Unit(scale, {name: power for name, power in powers.items() if power}, tuple(notes))


def _atom(symbol: str) -> tuple[float, dict[str, int]] | None:
    """Scale and powers of an atom with or without a prefix."""
    if symbol in ATOMS:
        return ATOMS[symbol]
    prefix, rest = PREFIXES.get(symbol[:1]), ATOMS.get(symbol[1:])
    return None if prefix is None or rest is None else (prefix * rest[0], rest[1])


def _plain(spelling: str) -> str:
    """A spelling without spaces, superscripts and Greek: "mL/min/1.73 m²" -> "mL/min/1.73m2"."""
    text = unicodedata.normalize("NFKC", spelling).replace("\u03bc", "u").replace("^", "").replace("\u22c5", ".")
    text = re.sub(r"\s+", "", text)
    return re.sub(r"^mc(?=g|mol|kat)", "u", text, flags=re.IGNORECASE)


def _nearest(plain: str, quantity: Quantity) -> list[str]:
    return difflib.get_close_matches(plain, quantity.usual, n=3, cutoff=0.4) or list(quantity.usual)
