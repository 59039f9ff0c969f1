"""Everything that changes a variant, save what orders take from its stock."""

from app.catalog.variants.commands.count import adjust, receive
from app.catalog.variants.commands.write import create, edit, retire

__all__ = ["adjust", "create", "edit", "receive", "retire"]
