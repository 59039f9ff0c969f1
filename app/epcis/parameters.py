"""The standard's query parameters (EPCIS 2.0, section 8.2.7), as conditions on our columns.

What may be asked is a closed list: a parameter that is not in it is refused, never overlooked. A
list of values is written with ``|`` between them and means any of them; parameters together mean
all of them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from sqlalchemy import ColumnElement, Table, and_, any_, cast, func, literal, or_, select
from sqlalchemy.dialects.postgresql import ARRAY, array
from sqlalchemy.types import Numeric
from sqlalchemy.types import Text as SqlText

from app.core.errors import DomainError, FieldError, Kind
from app.core.text import Text
from app.epcis import checks, rows
from app.epcis import vocabulary as words
from app.epcis.canonical import canonical
from app.epcis.documents import KINDS
from app.epcis.models import EpcisEvent, EpcisName

EVENTS: Table = EpcisEvent.__table__  # type: ignore[assignment]
_C = EVENTS.c
_N = EpcisName.__table__.c

Condition = ColumnElement[bool]
Asked = Callable[[str, str], Condition]


class QueryParameterWrong(DomainError):
    """A parameter that the standard does not know, or a value that it does not take."""

    kind = Kind.MALFORMED
    code = "epcis_query_parameter"
    title = Text("Not a query of EPCIS 2.0", "Bukan kueri EPCIS 2.0")
    advice = Text(
        "Correct the parameters named in errors; the standard's QueryParameterException.",
        "Perbaiki parameter dalam errors; QueryParameterException menurut standar.",
    )

    @classmethod
    def of(cls, name: str, en: str, id: str) -> QueryParameterWrong:
        """The refusal of the parameter *name*."""
        said = Text(en, id)
        errors = [FieldError(f"query:{name}", cls.code, said)]
        return cls(said, errors=errors, exception="epcisException:QueryParameterException")


class QueryTooLarge(DomainError):
    """More events match than the caller was ready to take."""

    kind = Kind.TOO_LARGE
    code = "epcis_query_too_large"
    title = Text("Too many events match", "Terlalu banyak peristiwa yang cocok")
    advice = Text(
        "More events match than maxEventCount. Ask for less, or leave maxEventCount out.",
        "Peristiwa yang cocok melebihi maxEventCount. Persempit kueri atau hapus maxEventCount.",
    )


def listed(name: str, text: str) -> list[str]:
    """The values of *text*, which has at least one."""
    values = text.split("|")
    if not all(values) or len(values) > 100:
        raise QueryParameterWrong.of(
            name, "1 to 100 values with | between them", "1 sampai 100 nilai dipisah dengan |"
        )
    return values


def _within(column: Any, known: frozenset[str]) -> Asked:
    def condition(name: str, text: str) -> Condition:
        values = listed(name, text)
        if set(values) - known:
            each = ", ".join(sorted(known))
            raise QueryParameterWrong.of(name, f"one of {each}", f"salah satu dari {each}")
        return _in(column, values)

    return condition


def _in(column: Any, values: list[str]) -> Condition:
    found: Condition = column == any_(cast(values, ARRAY(SqlText)))
    return found


def _equal(column: Any, form: Callable[[str], str]) -> Asked:
    return lambda name, text: _in(column, [form(one) for one in listed(name, text)])


def _below(column: Any) -> Asked:
    """At a place, or at one that is named as a part of it."""
    whole = func.split_part(column, "/254/", 1)

    def condition(name: str, text: str) -> Condition:
        values = [canonical(one) for one in listed(name, text)]
        return _in(column, values) | _in(whole, values)

    return condition


def _overlaps(column: Any, values: list[str]) -> Condition:
    found: Condition = column.op("&&")(cast(array(values), ARRAY(SqlText)))
    return found


def _any_of(column: Any, form: Callable[[str], str]) -> Asked:
    return lambda name, text: _overlaps(column, [form(one) for one in listed(name, text)])


def _named(values: list[str]) -> Condition:
    return _C.id.in_(select(_N.row_id).where(_in(_N.name, values)))


def _matches(*columns: Any) -> Asked:
    """Something of these names; the index of names finds candidates, the columns decide."""

    def condition(name: str, text: str) -> Condition:
        values = [canonical(one) for one in listed(name, text)]
        exact = (
            _overlaps(column, values) if isinstance(column.type, ARRAY) else _in(column, values)
            for column in columns
        )
        return and_(_named(values), or_(*exact))

    return condition


def instant(name: str, text: str) -> datetime:
    """A point in time with its offset."""
    if any(checks.time(text, "")):
        raise QueryParameterWrong.of(
            name, "a time with its offset (and + as %2B)", "waktu beserta selisihnya (+ jadi %2B)"
        )
    return datetime.fromisoformat(text.upper())


def _time(column: Any, *, least: bool) -> Asked:
    def condition(name: str, text: str) -> Condition:
        at = instant(name, text)
        found: Condition = column >= at if least else column < at
        return found

    return condition


def _quantity(operator: str) -> Asked:
    """*operator* stands between the number and the quantities of the event: some fits."""

    def condition(name: str, text: str) -> Condition:
        try:
            number = Decimal(text)
        except InvalidOperation:
            number = Decimal("nan")
        if not number.is_finite() or abs(number) >= Decimal(10) ** 30:
            raise QueryParameterWrong.of(name, "a number", "sebuah angka")
        found: Condition = literal(number, Numeric).op(operator)(any_(_C.quantities))
        return found

    return condition


def _true(name: str, text: str) -> Condition:
    if text not in ("true", "false"):
        raise QueryParameterWrong.of(name, "true or false", "true atau false")
    found: Condition = _C.declared if text == "true" else _C.declared.is_not(None)
    return found


def _typed(column: Any, kind: str) -> Asked:
    return _any_of(column, lambda uri: rows.typed(kind, uri))


def _paper(kind: str) -> Asked:
    """A business transaction: found by its name, which no other kind of thing has."""
    return lambda name, text: _named([rows.typed(kind, uri) for uri in listed(name, text)])


CONDITIONS: Mapping[str, Asked] = (
    {
        "eventType": _within(_C.kind, KINDS),
        "GE_eventTime": _time(_C.event_time, least=True),
        "LT_eventTime": _time(_C.event_time, least=False),
        "GE_recordTime": _time(_C.record_time, least=True),
        "LT_recordTime": _time(_C.record_time, least=False),
        "EQ_action": _within(_C.action, words.ACTIONS),
        "EQ_bizStep": _equal(_C.biz_step, rows.step),
        "EQ_disposition": _equal(_C.disposition, rows.disposition),
        "EQ_persistentDisposition_set": _any_of(_C.persistent_set, rows.disposition),
        "EQ_persistentDisposition_unset": _any_of(_C.persistent_unset, rows.disposition),
        "EQ_readPoint": _equal(_C.read_point, canonical),
        "WD_readPoint": _below(_C.read_point),
        "EQ_bizLocation": _equal(_C.biz_location, canonical),
        "WD_bizLocation": _below(_C.biz_location),
        "EQ_transformationID": _equal(_C.transformation_id, str),
        "MATCH_epc": _matches(_C.epcs),
        "MATCH_parentID": _matches(_C.parent_id),
        "MATCH_inputEPC": _matches(_C.input_epcs),
        "MATCH_outputEPC": _matches(_C.output_epcs),
        "MATCH_anyEPC": _matches(_C.epcs, _C.input_epcs, _C.output_epcs, _C.parent_id),
        "MATCH_epcClass": _matches(_C.epc_classes),
        "MATCH_inputEPCClass": _matches(_C.input_classes),
        "MATCH_outputEPCClass": _matches(_C.output_classes),
        "MATCH_anyEPCClass": _matches(_C.epc_classes, _C.input_classes, _C.output_classes),
        "EQ_quantity": _quantity("="),
        "GT_quantity": _quantity("<"),
        "GE_quantity": _quantity("<="),
        "LT_quantity": _quantity(">"),
        "LE_quantity": _quantity(">="),
        "EQ_eventID": _equal(_C.event_id, str),
        "EXISTS_errorDeclaration": _true,
        "GE_errorDeclarationTime": _time(_C.error_time, least=True),
        "LT_errorDeclarationTime": _time(_C.error_time, least=False),
        "EQ_errorReason": _equal(_C.error_reason, rows.error_reason),
        "EQ_correctiveEventID": _any_of(_C.corrective_ids, str),
    }
    | {f"EQ_bizTransaction_{t}": _paper(t) for t in sorted(words.TRANSACTIONS)}
    | {f"EQ_source_{t}": _typed(_C.sources, t) for t in sorted(words.SOURCES)}
    | {f"EQ_destination_{t}": _typed(_C.destinations, t) for t in sorted(words.SOURCES)}
)
"""By the parameter's name."""


def conditions(asked: Mapping[str, str]) -> list[Condition]:
    """What the parameters *asked* demand of an event. Raises QueryParameterWrong."""
    return [CONDITIONS[name](name, text) for name, text in asked.items() if name in CONDITIONS]
