"""Every router of this package."""

from app.allocation.consolidations.router import router as consolidations
from app.allocation.decisions.router import router as decisions
from app.allocation.router import router as allocations
from app.allocation.supply_requests.router import router as supply_requests

routers = [allocations, consolidations, supply_requests, decisions]
