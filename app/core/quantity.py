"""Quantities: exact decimals in a unit of trade, stored once in the commodity's base unit.

Mass converts exactly (1 kuintal = 100 kg, 1 ton = 1 000 kg). Counts and packages have no weight of
their own: ten *peti* are kilograms only through the pack size of the offer or lot they belong to.
Codes beside the names are UN/ECE Recommendations 20 (measures) and 21 (packages).
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from app.core.errors import Invalid, invalid

QUANTUM = Decimal("0.001")
"""The smallest quantity that is told apart: a gram of a kilogram."""

MOST = Decimal(100_000_000)
"""No quantity is larger (100 000 tonnes: more than half of what Blitar's hens lay in a year)."""


@dataclass(frozen=True)
class Unit:
    """A unit of trade; ``in_kg`` only where the unit is a mass."""

    name: str
    code: str
    kind: Literal["mass", "count", "package"]
    in_kg: Decimal | None = None


_UNITS = [
    Unit("kg", "KGM", "mass", Decimal(1)),
    Unit("g", "GRM", "mass", Decimal("0.001")),
    Unit("kuintal", "DTN", "mass", Decimal(100)),
    Unit("ton", "TNE", "mass", Decimal(1000)),
    Unit("pcs", "H87", "count"),
    Unit("butir", "H87", "count"),
    Unit("ekor", "HEA", "count"),
    Unit("ikat", "BE", "package"),
    Unit("peti", "CR", "package"),
    Unit("tray", "PU", "package"),
    Unit("karton", "CT", "package"),
    Unit("karung", "SA", "package"),
]
UNITS: dict[str, Unit] = {unit.name: unit for unit in _UNITS}
# On input a UN/ECE code does as well as the name; H87 is shared and means `pcs`.
_BY_TEXT: dict[str, Unit] = {u.code: u for u in reversed(_UNITS)} | UNITS
_BY_TEXT["H87"] = UNITS["pcs"]


class _UnitName:
    """Pydantic annotation: a unit's name, or its UN/ECE code, read as the name."""

    def __get_pydantic_core_schema__(
        self, source: type[Any], handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        def parse(value: object) -> str:
            unit = _BY_TEXT.get(value) if isinstance(value, str) else None
            if unit is None:
                raise PydanticCustomError(
                    "unit_unknown", "expected one of {units}", {"units": ", ".join(UNITS)}
                )
            return unit.name

        return core_schema.no_info_plain_validator_function(
            parse, serialization=core_schema.to_string_ser_schema()
        )

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        return {"type": "string", "enum": sorted(_BY_TEXT), "examples": ["kg"]}


UnitName = Annotated[str, _UnitName()]


class DecimalText:
    """Pydantic annotation: a plain non-negative decimal, always text on the wire, never a float."""

    def __init__(self, *, places: int, most: Decimal, zero: bool = False) -> None:
        self.places, self.most, self.zero = places, most, zero

    def _parse(self, value: object) -> Decimal:
        if isinstance(value, Decimal):
            return value
        whole, dot, rest = value.partition(".") if isinstance(value, str) else ("", "", "")
        if not (whole.isascii() and whole.isdigit() and len(whole) <= 18) or (
            dot and not (rest.isascii() and rest.isdigit() and len(rest) <= self.places)
        ):
            raise PydanticCustomError(
                "decimal_text",
                'expected a decimal as text, like "1000" or "12.5", with at most {places} places',
                {"places": self.places},
            )
        number = Decimal(str(value))
        if number > self.most or not (number or self.zero):
            raise PydanticCustomError(
                "decimal_not_negative" if self.zero else "decimal_positive",
                "expected at least 0 and at most {most}"
                if self.zero
                else "expected more than 0 and at most {most}",
                {"most": str(self.most)},
            )
        return number

    def __get_pydantic_core_schema__(
        self, source: type[Any], handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(
            self._parse,
            serialization=core_schema.plain_serializer_function_ser_schema(
                plain, return_schema=core_schema.str_schema(), when_used="json-unless-none"
            ),
        )

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        pattern = f"^[0-9]{{1,18}}(\\.[0-9]{{1,{self.places}}})?$" if self.places else "^[0-9]+$"
        return {"type": "string", "format": "decimal", "pattern": pattern, "examples": ["1000"]}


def plain(value: Decimal) -> str:
    """*value* as people write it: no exponent, no trailing zeros (``1000``, ``12.5``)."""
    return format(value.normalize(), "f") if value else "0"


Positive = Annotated[Decimal, DecimalText(places=3, most=MOST)]
NotNegative = Annotated[Decimal, DecimalText(places=3, most=MOST, zero=True)]


class Quantity(BaseModel):
    """How much: ``{"value": "1000", "unit": "kg"}``. More than nothing."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    value: Positive
    unit: UnitName


class QuantityOrNone(Quantity):
    """How much, where nothing (``"0"``) is a possible answer."""

    value: NotNegative


def factor(unit: str, base_unit: str, pack: Decimal | None = None) -> Decimal | None:
    """How many *base_unit* one *unit* is; None where that is not known.

    *pack* is the pack size of the offer or lot in the base unit; packages and counts other than
    the base unit itself convert only through it.
    """
    this, base = UNITS[unit], UNITS[base_unit]
    if this.code == base.code:  # pcs and butir are one unit of the UN/ECE with two names
        return Decimal(1)
    if this.in_kg is not None and base.in_kg is not None:
        return this.in_kg / base.in_kg
    return pack if this.kind == "package" else None


def quantum_of(base_unit: str) -> Decimal:
    """The smallest quantity of goods kept in *base_unit*: a gram of mass, one whole of the rest."""
    return QUANTUM if UNITS[base_unit].kind == "mass" else Decimal(1)


def to_base(
    quantity: Quantity,
    base_unit: str,
    pointer: str,
    pack: Decimal | None = None,
    *,
    packs: bool = False,
) -> Decimal:
    """*quantity* in *base_unit*, exactly. Raises Invalid at *pointer* when it cannot be said.

    *packs*: the request has a ``pack_size``, and may be told to fill it in.
    """
    by = factor(quantity.unit, base_unit, pack)
    if by is None:
        raise wrong_unit(quantity.unit, base_unit, pointer, packs=packs)
    value = quantity.value * by
    if value > MOST:
        raise invalid(
            f"{pointer}/value",
            "quantity_range",
            f"Expected at most {plain(MOST)} {base_unit}.",
            f"Paling banyak {plain(MOST)} {base_unit}.",
        )
    if value % quantum_of(base_unit):
        raise too_fine(base_unit, f"{pointer}/value")
    return value


def too_fine(base_unit: str, pointer: str) -> Invalid:
    """The refusal of a quantity with a part smaller than is counted in *base_unit*."""
    if quantum_of(base_unit) == 1:
        en = f"In {base_unit} only whole numbers are counted."
        id = f"Satuan {base_unit} hanya bisa bilangan bulat."
    else:
        en = f"Nothing finer than {plain(QUANTUM)} {base_unit} is counted."
        id = f"Paling halus {plain(QUANTUM)} {base_unit}."
    return invalid(pointer, "quantity_range", en, id)


def wrong_unit(unit: str, base_unit: str, pointer: str, *, packs: bool = False) -> Invalid:
    """The refusal of a *unit* that says nothing about *base_unit*; *packs* as for `to_base`."""
    return invalid(
        f"{pointer}/unit",
        "unit_mismatch",
        f"{unit} does not convert to {base_unit} here; use {base_unit}"
        + (" or give a pack_size." if packs else "."),
        f"{unit} tidak bisa diubah ke {base_unit}; pakai {base_unit}"
        + (" atau isi pack_size." if packs else "."),
    )
