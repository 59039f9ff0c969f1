"""The catalogue's routers, the hot one first."""

from app.catalog.category_router import router as categories
from app.catalog.changes.router import router as changes
from app.catalog.closures.router import router as closures
from app.catalog.commodities.router import router as commodities
from app.catalog.curation.router import router as curation
from app.catalog.exports.router import router as exports
from app.catalog.imports.router import router as imports
from app.catalog.listings.router import router as listings
from app.catalog.offers.router import router as offers
from app.catalog.overview.router import router as overview
from app.catalog.photos.router import router as photos
from app.catalog.search.router import router as search
from app.catalog.shelf.router import router as shelf
from app.catalog.variants.router import router as variants

# The overview stands before listings: /v1/listings/overview is nobody's id.
_curating = [curation, changes, closures, categories]
_sheets = [exports, imports]
routers = [
    overview,
    *_sheets,
    listings,
    search,
    photos,
    variants,
    shelf,
    commodities,
    offers,
    *_curating,
]
