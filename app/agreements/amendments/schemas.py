"""Wire shapes of an agreement's amendments."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from app.agreements.schemas import AgreementRejectReason, Percent
from app.agreements.states import AGREEMENT_AMENDMENT
from app.core.actor import Actor
from app.core.consent import AmendmentStatus, allowed_for
from app.core.ids import AgreementAmendmentId, AgreementId, AgreementLineId, PartyId
from app.core.money import Price
from app.core.quantity import Quantity
from app.http.wire import Day, Note, Request, Stateful
from app.prices.models import PriceRule
from app.prices.schemas import MOST_TIERS, PriceIndex, QuantityTier

MAY_BE_NONE = {"min_call_off", "price_tiers", "price_index"}
"""The terms that one can also take away."""


class AmendedLineIn(Request):
    """The terms of a line that become different; what is left out stays as it is."""

    line_id: AgreementLineId
    quota: Quantity | None = None
    price: Price | None = None
    price_rule: PriceRule | None = None
    price_tiers: list[QuantityTier] | None = Field(None, min_length=1, max_length=MOST_TIERS)
    price_index: PriceIndex | None = None
    overdraw_pct: Percent | None = None
    min_call_off: Quantity | None = Field(None, description="null: there is no smallest one.")
    under_tolerance_pct: Percent | None = None
    over_tolerance_pct: Percent | None = None

    def said(self) -> dict[str, Any]:
        """The terms it names, by name."""
        named = {name: getattr(self, name) for name in self.model_fields_set - {"line_id"}}
        return {k: v for k, v in named.items() if v is not None or k in MAY_BE_NONE}


class AgreementAmendmentIn(Request):
    """Other terms from a day on: quota, price, exactness of lines, or another last day."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "effective_on": "2027-03-01",
                    "lines": [
                        {
                            "line_id": "agl_01jd0000000000000000000000",
                            "quota": {"value": "120", "unit": "ton"},
                        }
                    ],
                    "note": "Permintaan turun setelah Lebaran.",
                }
            ]
        }
    )

    effective_on: Day = Field(description="Tomorrow at the earliest; the past stays as it was.")
    ends_on: Day | None = Field(None, description="The agreement's new last day.")
    lines: list[AmendedLineIn] = Field(default=[], max_length=100)
    note: Note | None = None


class AmendmentRejectIn(Request):
    """Why not, as a code and in words; the other side reads it."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"reason": "quantity"}]})

    reason: AgreementRejectReason
    note: Note | None = None


class TermChangeOut(BaseModel):
    """One thing that becomes different: of a line, or of the agreement itself (``ends_on``)."""

    line_id: AgreementLineId | None
    field: str = Field(examples=["quota"])
    before: Any = Field(examples=[{"value": "160", "unit": "ton"}])
    after: Any = Field(examples=[{"value": "120", "unit": "ton"}])


class AgreementAmendmentOut(Stateful):
    """What one side wants different from ``effective_on`` on. Nothing is until the other side
    confirms it."""

    id: AgreementAmendmentId
    number: int = Field(description="Counts the agreement's amendments.")
    status: AmendmentStatus
    agreement_id: AgreementId
    proposed_by: PartyId
    effective_on: date
    ends_on: date | None
    changes: list[TermChangeOut]
    respond_by: datetime = Field(description="Without an answer by then it has expired.")
    reason: str | None = Field(description="Why it was rejected.")
    note: str | None = Field(description="What was said with the proposal, or last.")
    created_at: datetime


def amendment_out(row: Any, actor: Actor) -> AgreementAmendmentOut:
    """An amendment's row on the wire."""
    allowed = allowed_for(
        AGREEMENT_AMENDMENT,
        row.status,
        actor,
        proposed_by=row.proposed_by,
        buyer_id=row.buyer_id,
    )
    return AgreementAmendmentOut(**row._asdict() | {"allowed_actions": allowed})
