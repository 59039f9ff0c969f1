"""Everything that changes quote requests and quotes.

All of it happens under the lock of the request: its quotes are touched by nobody else.
"""

from app.quotes.commands.accept import accept
from app.quotes.commands.answer import decline, withdraw
from app.quotes.commands.ask import ask, cancel, close
from app.quotes.commands.name_terms import name_terms
from app.quotes.commands.silence import expire

__all__ = ["accept", "ask", "cancel", "close", "decline", "expire", "name_terms", "withdraw"]
