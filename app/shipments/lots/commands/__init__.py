"""How lots come into being, and how they grow too old. What is done to goods in them: `graph`."""

from app.shipments.lots.commands.expire import expire
from app.shipments.lots.commands.weigh import create

__all__ = ["create", "expire"]
