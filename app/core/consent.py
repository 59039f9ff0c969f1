"""Amendments: what one side proposes changes nothing until the other side consents.

Agreements and orders are amended in the same way, so the life of an amendment is told once: its
states, whose word each step is, and how long silence may last.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Any, NamedTuple
from uuid import UUID

from app.core.actor import Actor
from app.core.errors import AlreadyExists, DomainError, FieldError, Invalid, Kind, invalid
from app.core.ids import encode
from app.core.states import NEW, Machine, step
from app.core.text import Text

RESPOND_WITHIN = 2
"""Working days that a proposed amendment waits; after that everything stays as it was."""


class AmendmentStatus(StrEnum):
    """What the other side said to it."""

    PROPOSED = "proposed"
    CONFIRMED = "confirmed"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"


S = AmendmentStatus


def amendment_machine(name: str, prefix: str) -> Machine:
    """The life of an amendment of one kind of object."""
    return Machine(
        name,
        prefix,
        AmendmentStatus,
        [
            step("create", NEW, S.PROPOSED, "proposed", "One side proposes it: its consent."),
            step(
                "confirm", {S.PROPOSED}, S.CONFIRMED, "confirmed", "The other consents: it holds."
            ),
            step("reject", {S.PROPOSED}, S.REJECTED, "rejected", "The other side will not."),
            step("withdraw", {S.PROPOSED}, S.WITHDRAWN, "withdrawn", "Taken back by its proposer."),
            step(
                "expire",
                {S.PROPOSED},
                S.EXPIRED,
                "expired",
                "No answer by respond_by: everything stays as it was.",
                by_rule=True,
            ),
        ],
    )


class OtherSideDecides(DomainError):
    """Whoever proposed an amendment has consented already; the answer is the other side's."""

    kind = Kind.CONFLICT
    code = "other_side_decides"
    title = Text("The other side decides", "Menunggu pihak lain")
    advice = Text(
        "You proposed this amendment; only the other side can confirm or reject it. Withdraw it if "
        "you do not want it any more.",
        "Anda yang mengusulkan perubahan ini; hanya pihak lain yang bisa menyetujui atau "
        "menolaknya. Tarik usulannya bila tidak jadi.",
    )


class NotYourProposal(DomainError):
    """Only its proposer takes an amendment back."""

    kind = Kind.CONFLICT
    code = "not_your_proposal"
    title = Text("Not your proposal", "Bukan usulan Anda")
    advice = Text(
        "The other side proposed this amendment. Reject it if you do not agree.",
        "Perubahan ini diusulkan pihak lain. Tolak saja bila tidak setuju.",
    )


class AmendmentNotPossible(DomainError):
    """The world is not so that an amendment could hold: ``reasons`` says what stands against it."""

    kind = Kind.CONFLICT
    code = "amendment_not_possible"
    title = Text("This amendment is not possible", "Perubahan ini tidak bisa dilakukan")
    advice = Text(
        "reasons says what stands against it now; nothing was changed. Propose another amendment.",
        "Isian reasons menyebut penyebabnya; tidak ada yang diubah. Usulkan perubahan lain.",
    )


class Obstacle(NamedTuple):
    """Why an amendment cannot hold as the world is: a place in it, a code, a sentence, facts."""

    pointer: str
    code: str
    detail: Text
    facts: Mapping[str, Any] = {}


def check_possible(obstacles: Sequence[Obstacle]) -> None:
    """Raises AmendmentNotPossible with every obstacle, if there are any."""
    if obstacles:
        raise AmendmentNotPossible(
            obstacles[0].detail,
            errors=[FieldError(found.pointer, found.code, found.detail) for found in obstacles],
            reasons=[{"pointer": o.pointer, "code": o.code, **o.facts} for o in obstacles],
        )


def proposed_by_caller(actor: Actor, *, proposed_by: UUID, buyer_id: UUID) -> bool:
    """Whether the caller's side proposed it: the buyer, or the hub, whose staff are one side."""
    return (proposed_by == buyer_id) == (actor.party_id == buyer_id)


def check_side(action: str, actor: Actor, *, proposed_by: UUID, buyer_id: UUID) -> None:
    """Raises unless *action* is the caller's to take: the proposer withdraws, the other answers.

    The hub consents for itself only, so neither side can do both.
    """
    own = proposed_by_caller(actor, proposed_by=proposed_by, buyer_id=buyer_id)
    if action == "withdraw" and not own:
        raise NotYourProposal
    if action in ("confirm", "reject") and own:
        raise OtherSideDecides


def allowed_for(
    machine: Machine, status: str, actor: Actor, *, proposed_by: UUID, buyer_id: UUID
) -> list[str]:
    """``allowed_actions`` of an amendment for this caller: never the other side's."""
    own = proposed_by_caller(actor, proposed_by=proposed_by, buyer_id=buyer_id)
    others = {"confirm", "reject"} if own else {"withdraw"}
    return [action for action in actor.allowed(machine, status) if action not in others]


def nothing_changes(pointer: str) -> Invalid:
    """The refusal of an amendment that names, at *pointer*, a line and leaves it as it is."""
    return invalid(
        pointer,
        "nothing_changes",
        "This line is like that already; leave it out.",
        "Baris ini memang sudah begitu; hapus saja.",
    )


def already_proposed(machine: Machine, amendment_id: UUID) -> AlreadyExists:
    """That one amendment waits already; one at a time, so that both sides know what they answer."""
    return AlreadyExists(
        Text(
            "An amendment waits for an answer already; it must be answered or withdrawn first.",
            "Sudah ada usulan perubahan yang menunggu jawaban; jawab atau tarik dulu usulan itu.",
        ),
        existing_id=encode(machine.prefix, amendment_id),
    )
