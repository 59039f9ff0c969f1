"""Everything that changes an order, one use case a file."""

from app.orders.commands.answer import confirm
from app.orders.commands.end import cancel, decline, expire
from app.orders.commands.place import place
from app.orders.commands.short_close import short_close

__all__ = ["cancel", "confirm", "decline", "expire", "place", "short_close"]
