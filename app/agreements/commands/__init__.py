"""Everything that changes an agreement. Locks: agreement, amendment, orders, quota periods."""

from app.agreements.commands.carry import carry_over
from app.agreements.commands.ends import end_agreements, lapse_proposals
from app.agreements.commands.link import link
from app.agreements.commands.turn import (
    complete,
    confirm,
    propose,
    reject,
    resume,
    suspend,
    terminate,
    withdraw,
)
from app.agreements.commands.write import create, create_agreed

__all__ = [
    "carry_over",
    "complete",
    "confirm",
    "create",
    "create_agreed",
    "end_agreements",
    "lapse_proposals",
    "link",
    "propose",
    "reject",
    "resume",
    "suspend",
    "terminate",
    "withdraw",
]
