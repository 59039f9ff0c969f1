"""The policies: how a market's needs are divided over what sellers can bring. Pure, in integers."""

from __future__ import annotations

from app.allocation.models import Policy
from app.allocation.policies import cheapest, fair, fewest, pro_rata
from app.allocation.policies.market import Decision, Market


def decide(market: Market, policy: Policy) -> Decision:
    """Fill the lines of *market* by *policy*."""
    return _DECIDE[policy](market)


_DECIDE = {
    Policy.FAIR_SHARE: fair.decide,
    Policy.PRO_RATA: pro_rata.decide,
    Policy.LOWEST_COST: cheapest.decide,
    Policy.FEWEST_PICKUPS: fewest.decide,
}
