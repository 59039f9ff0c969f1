"""Tables of parties, members, sites and licences."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.access.permissions import Role
from app.db.base import Base, Id, Recorded, one_of, status_of
from app.parties.states import LICENCE, PARTY


class SellerKind(StrEnum):
    """What sort of seller a party is."""

    UMKM = "umkm"
    PRODUCER = "producer"
    COOPERATIVE = "cooperative"
    TRADER = "trader"


class SiteKind(StrEnum):
    """What sort of place a site is."""

    FARM = "farm"
    KITCHEN = "kitchen"
    STORE = "store"
    HUB = "hub"
    DISTRIBUTION_CENTRE = "distribution_centre"
    OUTLET = "outlet"


class LicenceKind(StrEnum):
    """NIB (business number), NKV (veterinary control), P-IRT (home food), BPOM MD, halal, NPWP."""

    NIB = "nib"
    NKV = "nkv"
    PIRT = "pirt"
    BPOM_MD = "bpom_md"
    HALAL = "halal"
    NPWP = "npwp"


_ROLES = ", ".join(f"'{r}'" for r in Role)


class Party(Base):
    """An organisation at the hub. ``created_by`` is the party whose reference names it."""

    __tablename__ = "parties"
    __table_args__ = (
        status_of(PARTY),
        one_of("seller_kind", SellerKind),
        CheckConstraint(f"roles <@ ARRAY[{_ROLES}] AND cardinality(roles) > 0", name="roles"),
        CheckConstraint("('seller' = ANY (roles)) = (seller_kind IS NOT NULL)", name="seller"),
        UniqueConstraint("created_by", "external_reference"),
        UniqueConstraint("id", "name"),  # copies of the name follow it: see Listing.seller_name
    )

    id: Mapped[Id]
    version: Mapped[int] = mapped_column(server_default="1")
    status: Mapped[str]
    name: Mapped[str]
    roles: Mapped[list[str]]
    seller_kind: Mapped[str | None]
    external_reference: Mapped[str | None]
    created_by: Mapped[UUID]
    created_at: Mapped[Recorded]


class Member(Base):
    """A person acting for a party. The phone number is sealed."""

    __tablename__ = "members"

    id: Mapped[Id]
    party_id: Mapped[UUID] = mapped_column(ForeignKey("parties.id"), index=True)
    name: Mapped[str]
    phone: Mapped[bytes | None] = mapped_column(LargeBinary)
    created_at: Mapped[Recorded]


class Site(Base):
    """A place of a party: farm, kitchen, store, distribution centre, outlet."""

    __tablename__ = "sites"
    __table_args__ = (
        one_of("kind", SiteKind),
        UniqueConstraint("id", "party_id"),
        CheckConstraint("latitude BETWEEN -90 AND 90", name="latitude"),
        CheckConstraint("longitude BETWEEN -180 AND 180", name="longitude"),
        CheckConstraint("(latitude IS NULL) = (longitude IS NULL)", name="position"),
    )

    id: Mapped[Id]
    party_id: Mapped[UUID] = mapped_column(ForeignKey("parties.id"), index=True)
    name: Mapped[str]
    kind: Mapped[str]
    region_code: Mapped[str] = mapped_column(ForeignKey("regions.code"))
    latitude: Mapped[float | None]
    longitude: Mapped[float | None]
    created_at: Mapped[Recorded]


class Licence(Base):
    """A licence of a party. The number is sealed (an NPWP is personal data)."""

    __tablename__ = "licences"
    __table_args__ = (
        one_of("kind", LicenceKind),
        status_of(LICENCE),
        CheckConstraint("valid_to >= valid_from", name="validity"),
        Index("ix_licences_ending", "valid_to", postgresql_where=text("lapsed_on IS NULL")),
    )

    id: Mapped[Id]
    version: Mapped[int] = mapped_column(server_default="1")
    status: Mapped[str]
    party_id: Mapped[UUID] = mapped_column(ForeignKey("parties.id"), index=True)
    kind: Mapped[str]
    number: Mapped[bytes] = mapped_column(LargeBinary)
    valid_from: Mapped[date]
    valid_to: Mapped[date | None]
    warned_on: Mapped[date | None]
    lapsed_on: Mapped[date | None]
    created_at: Mapped[Recorded]
