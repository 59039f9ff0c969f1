"""Everything that changes an allocation, one use case a file.

Locks are taken in one order: orders, their lines, allocations, supply offers, each in ascending id.
"""

from app.allocation.commands import release
from app.allocation.commands.allocate import allocate, preview
from app.allocation.commands.answer import confirm, decline, reduce
from app.allocation.commands.time_out import time_out

__all__ = ["allocate", "confirm", "decline", "preview", "reduce", "release", "time_out"]
