"""Everything that changes an order, one use case a file."""

from app.orders.commands.answer import confirm, decline
from app.orders.commands.end import cancel, expire
from app.orders.commands.place import place

__all__ = ["cancel", "confirm", "decline", "expire", "place"]
