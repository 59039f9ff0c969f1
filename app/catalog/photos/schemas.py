"""Wire shapes of photos as their seller and the hub see them."""

from __future__ import annotations

from pydantic import Field

from app.catalog.listings.schemas import PhotoOut
from app.core.ids import ListingChangeId


class UploadedPhotoOut(PhotoOut):
    """A photo of a listing, also one that nobody else sees yet."""

    shown: bool = Field(description="Whether the listing shows it now.")
    change_id: ListingChangeId | None = Field(
        description="The change request with which it waits for the curator."
    )
