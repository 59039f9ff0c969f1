"""API keys: made, listed, revoked. Rotation is a second key, then revoking the first."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Row, insert, select, update

from app.access.authorize import authorized
from app.access.grants import GRANTS, LIVE_ONLY, all_granted, granted
from app.access.keys import hashed, hint, new_key
from app.access.models import ApiKey
from app.access.permissions import Role
from app.core.errors import Forbidden, NotFound, invalid
from app.core.ids import new_id
from app.core.text import Text
from app.db.tx import Tx
from app.parties import queries
from app.parties.models import Member
from app.parties.schemas import ApiKeyIn

LONGEST = timedelta(days=3653)
"""No key is made for longer than ten years."""

_TOO_WIDE = Text(
    "A key cannot make, or revoke, a key that opens more than itself.",
    "Kunci tidak bisa membuat atau mencabut kunci yang membuka lebih banyak darinya.",
)


async def create(tx: Tx, asked: ApiKeyIn) -> tuple[Row[Any], str]:
    """A fresh key of a party the caller acts for, and its row.

    Raises NotFound for a party the caller may not know, Invalid for scopes the party does not
    have, Forbidden for more than the caller's own key opens (its world included).
    """
    party = await queries.party(tx, asked.party_id)
    if party is None:
        raise NotFound
    roles, permissions = _scopes(asked, party.roles)
    _check_width(tx, granted(tuple(roles), tuple(permissions)), asked.livemode, roles)
    _check_expiry(tx, asked.expires_at)
    if asked.member_id is not None:
        await _check_member(tx, asked.member_id, party.id)
    return await insert_key(
        tx,
        party_id=party.id,
        member_id=asked.member_id,
        roles=roles,
        permissions=permissions,
        livemode=asked.livemode,
        expires_at=asked.expires_at,
    )


def _check_width(tx: Tx, opens: frozenset[str], livemode: bool, roles: list[str]) -> None:
    """A key opens no more than the key that makes it, and a test key never a live one.

    The hub's desk, with all that an operator may do, hands out the keys of other parties; another
    operator's key it makes like anybody else: no wider than its own.
    """
    desk = tx.actor.hub and tx.actor.permissions >= GRANTS[Role.OPERATOR] - LIVE_ONLY
    hands_out = desk and Role.OPERATOR not in roles
    within = hands_out or opens <= tx.actor.permissions
    if not within or (livemode and not tx.actor.livemode):
        raise Forbidden(_TOO_WIDE)


def _scopes(asked: ApiKeyIn, roles: list[str]) -> tuple[list[str], list[str]]:
    scopes = asked.scopes or roles
    named = sorted({s for s in scopes if s in set(Role)})
    single = sorted({s for s in scopes if s not in set(Role)})
    within = set(named) <= set(roles) and set(single) <= all_granted(roles)
    if not within or (named and single):
        raise invalid(
            "/scopes",
            "scopes",
            "Give roles that this party has, or single permissions its roles carry, not both.",
            "Isi peran yang dimiliki pihak ini, atau izin tunggal dari perannya, jangan keduanya.",
        )
    return named or sorted(roles), single


def _check_expiry(tx: Tx, expires_at: datetime | None) -> None:
    if expires_at is not None and not tx.now < expires_at < tx.now + LONGEST:
        raise invalid(
            "/expires_at",
            "expiry",
            "Choose a time to come, at most ten years ahead.",
            "Pilih waktu yang akan datang, paling lama sepuluh tahun ke depan.",
        )


async def _check_member(tx: Tx, member_id: UUID, party_id: UUID) -> None:
    found = select(Member.id).where(Member.id == member_id, Member.party_id == party_id)
    if await tx.value(found) is None:
        raise invalid(
            "/member_id",
            "member_unknown",
            "This party has no such member.",
            "Pihak ini tidak memiliki anggota tersebut.",
        )


async def insert_key(
    tx: Tx,
    *,
    party_id: UUID,
    roles: list[str],
    permissions: list[str],
    livemode: bool,
    member_id: UUID | None = None,
    expires_at: datetime | None = None,
) -> tuple[Row[Any], str]:
    """Store a fresh key's hash; the key itself is only in what this returns."""
    key = new_key(livemode=livemode)
    made = await tx.rows(
        insert(ApiKey.__table__)  # type: ignore[arg-type]
        .values(
            id=new_id(),
            party_id=party_id,
            member_id=member_id,
            hash=hashed(key),
            hint=hint(key),
            roles=roles,
            permissions=permissions,
            livemode=livemode,
            expires_at=expires_at,
        )
        .returning(*ApiKey.__table__.c)
    )
    return made[0], key


async def revoke(tx: Tx, key_id: UUID) -> Row[Any]:
    """The key opens nothing from now on. Revoking it again changes nothing.

    Raises Forbidden for a key that opens more than the caller's own.
    """
    row = await authorized(tx, queries.api_key(tx, key_id))
    _check_width(tx, granted(tuple(row.roles), tuple(row.permissions)), row.livemode, row.roles)
    changed = await tx.row(
        update(ApiKey.__table__)  # type: ignore[arg-type]
        .where(ApiKey.id == row.id)
        .values(revoked_at=row.revoked_at or tx.now)
        .returning(*ApiKey.__table__.c)
    )
    assert changed is not None
    return changed
