"""Everything that changes a listing, one use case a file."""

from app.catalog.listings.commands.curate import (
    approve,
    archive,
    pause,
    publish,
    reject,
    request_changes,
    submit,
)
from app.catalog.listings.commands.edit import edit
from app.catalog.listings.commands.write import create

__all__ = [
    "approve",
    "archive",
    "create",
    "edit",
    "pause",
    "publish",
    "reject",
    "request_changes",
    "submit",
]
