"""What carriers' systems send, in our words.

A carrier's system has statuses of its own; which of the common twelve each means is data
(`data/carrier_statuses.json`). One that is not listed becomes `unknown`, and is kept as it was
said.
"""

from __future__ import annotations

import json
from datetime import datetime
from functools import lru_cache
from importlib.resources import files
from typing import Annotated, Any, NamedTuple

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from app.http.wire import Instant
from app.shipments.shipments.codes import read_code
from app.shipments.states import TrackingStatus
from app.shipments.tracking.queries import Named
from app.shipments.tracking.rules import Fact


@lru_cache(maxsize=1)
def _known() -> dict[str, dict[str, TrackingStatus]]:
    text = files("app.shipments.tracking").joinpath("data/carrier_statuses.json").read_text()
    return {
        carrier: {said: TrackingStatus(ours) for said, ours in entry["statuses"].items()}
        for carrier, entry in json.loads(text).items()
    }


def meant(carrier: str, said: str) -> TrackingStatus:
    """Which of the common twelve *carrier* means by *said*."""
    return _known()[carrier].get(said.strip().lower(), TrackingStatus.UNKNOWN)


class Message(NamedTuple):
    """One message of a carrier's system: about which shipment, saying what, when if it says so."""

    named: Named
    status: TrackingStatus
    said: str
    external_id: str
    occurred_at: datetime | None

    def fact(self, now: datetime) -> Fact:
        """The fact that it tells; without a time of its own it happened *now*."""
        return Fact(
            self.status,
            self.occurred_at or now,
            external_id=self.external_id,
            carrier_status=self.said,
        )


def _printable(value: Any) -> Any:
    """Leave out what cannot be stored, or not be seen; what else a system sends is kept."""
    return "".join(c for c in value if c.isprintable()) if isinstance(value, str) else value


Said = Annotated[str, Field(max_length=100), BeforeValidator(_printable)]
"""Words of a carrier's system."""


class BiteshipIn(BaseModel):
    """An order's new status, as Biteship's webhook says it. What it says besides is not read.

    When its webhook is set up, an empty object is sent; that is answered and means nothing.
    """

    model_config = ConfigDict(
        extra="ignore",
        json_schema_extra={
            "examples": [
                {
                    "event": "order.status",
                    "order_id": "5dd599ebdefcd4158eb8470b",
                    "reference_id": "BTC-7K3M9QX2PT",
                    "courier_waybill_id": "JP7712345678",
                    "status": "dropping_off",
                }
            ]
        },
    )

    order_id: Said | None = Field(
        None,
        description="Biteship's own order.",
        examples=["5dd599ebdefcd4158eb8470b"],
    )
    reference_id: Said | None = Field(
        None,
        description="Your reference of the order: our tracking code.",
        examples=["BTC-7K3M9QX2PT"],
    )
    courier_waybill_id: Said | None = Field(
        None,
        description="The shipment's waybill, where no reference is said.",
        examples=["JP7712345678"],
    )
    status: Said | None = Field(None, examples=["dropping_off"])
    updated_at: Instant | None = None

    def message(self) -> Message | None:
        """What it says; None when it says nothing of an order.

        It has no id and, as a rule, no time. The same status of the same order is then the same
        fact, however often it is sent again: a late repeat must not bring an old status back.
        """
        if self.status is None:
            return None
        code = read_code(self.reference_id) if self.reference_id else None
        order = self.order_id or self.courier_waybill_id or ""
        when = self.updated_at.isoformat() if self.updated_at else ""
        return Message(
            Named(None, code, None if code else self.courier_waybill_id),
            meant("biteship", self.status),
            self.status,
            f"biteship:{order}:{self.status}:{when}",
            self.updated_at,
        )
