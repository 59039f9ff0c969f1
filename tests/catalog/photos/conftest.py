"""A seller with a draft, and the store behind the service."""

from __future__ import annotations

from typing import Any

import pytest

from app.files.store import FileStore
from app.settings import Settings
from tests.api import Api, Party
from tests.catalog.listing_helpers import listing
from tests.catalog.photos.uploading import Kept


@pytest.fixture
async def seller(hub: Api) -> Party:
    return await hub.party("seller")


@pytest.fixture
async def draft(seller: Party, hub: Api) -> str:
    """The id of a draft without photos."""
    return str((await listing(seller, hub))["id"])


@pytest.fixture
def files(app: Any) -> FileStore:
    """The store of the service."""
    store: FileStore = app.state.files
    return store


@pytest.fixture
def kept(settings: Settings) -> Kept:
    """What lies in the store, seen from outside."""
    return Kept(settings.data_dir / "files")
