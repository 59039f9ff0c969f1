"""Wire shapes of evidence."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from annotated_types import MaxLen
from pydantic import BaseModel, Field

from app.core.actor import Actor
from app.core.ids import EvidenceId, PartyId, encode

MOST_PHOTOS = 12
"""Photos of one finding: as many as somebody will look at."""

PhotoIds = Annotated[
    list[EvidenceId],
    MaxLen(MOST_PHOTOS),
    Field(description="Photos uploaded before, at POST /v1/evidence."),
]


class EvidenceOut(BaseModel):
    """A photo of what was found. It does not change, but more parties may come to see it."""

    id: EvidenceId
    file: str = Field(
        description="Where the picture is: at most 1600 pixels wide or high.",
        examples=["/v1/evidence/evd_01k68000000000000000000000/file"],
    )
    media_type: str = Field(examples=["image/jpeg"])
    width: int
    height: int
    bytes: int
    attached: bool = Field(
        description="Whether something names it; what nothing names is deleted after a week."
    )
    party_id: PartyId | None = Field(description="Who uploaded it: for itself and the hub.")
    livemode: bool
    created_at: datetime


def evidence_out(row: Any, actor: Actor) -> EvidenceOut:
    """A row of evidence on the wire, as *actor* may know it."""
    fields = row._asdict()
    fields["file"] = f"/v1/evidence/{encode('evd', row.id)}/file"
    if not (actor.hub or row.party_id == actor.party_id):
        fields["party_id"] = None
    return EvidenceOut(**fields)
