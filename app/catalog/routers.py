"""The catalogue's routers, the hot one first."""

from app.catalog.commodities.router import router as commodities
from app.catalog.listings.router import router as listings
from app.catalog.offers.router import router as offers

routers = [listings, commodities, offers]
