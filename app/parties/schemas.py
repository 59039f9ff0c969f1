"""Wire shapes of parties."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator
from sqlalchemy import Row

from app.access.permissions import Permission, Role
from app.core import vault
from app.core.actor import Actor
from app.core.errors import invalid
from app.core.ids import ApiKeyId, LicenceId, MemberId, PartyId, SiteId
from app.http.wire import Day, Instant, Name, Note, Reference, RegionCode, Request, Stateful
from app.parties.models import LicenceKind, SellerKind, SiteKind
from app.parties.rules import standing
from app.parties.states import LICENCE, PARTY, PartyStatus


class PartyIn(Request):
    """A new party."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "name": "Peternakan Pak Slamet (contoh)",
                    "roles": ["seller"],
                    "seller_kind": "producer",
                    "external_reference": "blitar-farm-0001",
                }
            ]
        }
    )

    name: Name
    roles: Annotated[set[Role], Field(min_length=1)]
    seller_kind: SellerKind | None = Field(
        None, description="Only of sellers; most are, and without it a seller is, umkm."
    )
    external_reference: Reference | None = None

    @model_validator(mode="after")
    def _kind_of_sellers(self) -> PartyIn:
        if Role.SELLER in self.roles:
            self.seller_kind = self.seller_kind or SellerKind.UMKM
        elif self.seller_kind is not None:
            raise invalid(
                "/seller_kind",
                "seller_kind",
                "Only sellers have a seller_kind.",
                "Hanya penjual yang mengisi seller_kind.",
            )
        return self


class PartyOut(Stateful):
    """An organisation at the hub."""

    id: PartyId
    name: str
    roles: list[str]
    seller_kind: str | None
    status: PartyStatus
    external_reference: str | None
    created_at: datetime


def party_out(row: Row[Any], actor: Actor) -> PartyOut:
    """A party's row on the wire."""
    return PartyOut(**row._asdict(), allowed_actions=actor.allowed(PARTY, row.status))


class MemberIn(Request):
    """A person acting for the party."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"name": "Bu Sumiati", "phone": "+6281200000001"}]}
    )

    name: Name
    phone: Annotated[str | None, Field(pattern=r"^\+[1-9][0-9]{7,14}$")] = None


class MemberOut(BaseModel):
    """A person acting for a party; the phone number is masked."""

    id: MemberId
    party_id: PartyId
    name: str
    phone: str | None


def member_out(row: Row[Any]) -> MemberOut:
    """A member's row on the wire."""
    phone = vault.masked(vault.unseal(row.phone)) if row.phone else None
    return MemberOut(id=row.id, party_id=row.party_id, name=row.name, phone=phone)


class SiteIn(Request):
    """A place of the party."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "name": "Kandang Garum",
                    "kind": "farm",
                    "region_code": "35.05.13",
                    "latitude": -8.08,
                    "longitude": 112.22,
                }
            ]
        }
    )

    name: Name
    kind: SiteKind
    region_code: RegionCode
    latitude: Annotated[float | None, Field(ge=-90, le=90, allow_inf_nan=False)] = None
    longitude: Annotated[float | None, Field(ge=-180, le=180, allow_inf_nan=False)] = None

    @model_validator(mode="after")
    def _both_or_none(self) -> SiteIn:
        if (self.latitude is None) != (self.longitude is None):
            raise invalid(
                "/latitude",
                "position",
                "Give latitude and longitude together, or neither.",
                "Isi latitude dan longitude keduanya, atau kosongkan keduanya.",
            )
        return self


class SiteOut(BaseModel):
    """A place of a party."""

    model_config = ConfigDict(from_attributes=True)

    id: SiteId
    party_id: PartyId
    name: str
    kind: SiteKind
    region_code: str
    latitude: float | None
    longitude: float | None


class LicenceIn(Request):
    """A licence the party holds or is getting."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "kind": "nkv",
                    "number": "CONTOH-NKV-35-0001",
                    "valid_from": "2026-01-01",
                    "valid_to": "2030-12-31",
                }
            ]
        }
    )

    kind: LicenceKind
    number: Reference
    valid_from: Day
    valid_to: Day | None = None

    @model_validator(mode="after")
    def _forwards(self) -> LicenceIn:
        if self.valid_to is not None and self.valid_to < self.valid_from:
            raise invalid(
                "/valid_to",
                "validity",
                "valid_to lies before valid_from.",
                "valid_to lebih awal dari valid_from.",
            )
        return self


class VerifyIn(Request):
    """What the hub found. A licence that turns out to be withdrawn is `rejected` again."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"outcome": "valid"}]})

    outcome: Literal["valid", "under_coaching", "rejected"]
    note: Note | None = None


class LicenceOut(Stateful):
    """A licence; an NPWP's number is masked.

    ``standing`` is what counts today: ``status``, or `expiring` (30 days or less), or `expired`.
    """

    id: LicenceId
    party_id: PartyId
    kind: LicenceKind
    number: str
    valid_from: date
    valid_to: date | None
    status: str
    standing: str


def licence_out(row: Row[Any], actor: Actor, today: date) -> LicenceOut:
    """A licence's row on the wire."""
    number = vault.unseal(row.number)
    values = row._asdict() | {
        "number": vault.masked(number) if row.kind == LicenceKind.NPWP else number,
        "standing": standing(row.status, row.valid_from, row.valid_to, today),
        "allowed_actions": actor.allowed(LICENCE, row.status),
    }
    return LicenceOut(**values)


Scope = Role | Permission


class ApiKeyIn(Request):
    """A key for one party. Scopes are roles of the party, or single permissions they carry."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"party_id": "pty_01jd0000000000000000000000", "scopes": ["seller"]}]
        }
    )

    party_id: PartyId
    scopes: Annotated[list[Scope], Field(min_length=1, max_length=80)] | None = Field(
        None, description="Default: all of the party's roles."
    )
    livemode: bool = Field(True, description="false makes a key for the test world.")
    member_id: MemberId | None = Field(None, description="The person who will use it.")
    expires_at: Instant | None = Field(None, description="At most ten years ahead.")


class ApiKeyOut(BaseModel):
    """A key as its owner sees it afterwards: never the key itself."""

    id: ApiKeyId
    party_id: PartyId
    member_id: MemberId | None
    hint: str
    scopes: list[str]
    livemode: bool
    expires_at: datetime | None
    revoked_at: datetime | None
    last_used_at: datetime | None


class NewApiKeyOut(ApiKeyOut):
    """A fresh key. ``key`` is shown this once and stored nowhere; keep it safe."""

    key: str


def api_key_fields(row: Row[Any]) -> dict[str, Any]:
    """An API key's row on the wire."""
    return row._asdict() | {"scopes": [*row.roles, *row.permissions]}
