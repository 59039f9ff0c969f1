"""Every permission, and which role carries it. One verb is one permission: ``order:confirm``."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from functools import lru_cache


class Role(StrEnum):
    """What a party does at the hub; one party may hold several."""

    SELLER = "seller"
    BUYER = "buyer"
    CARRIER = "carrier"
    OPERATOR = "operator"


class Permission(StrEnum):
    """One thing that may be allowed. The string is what OpenAPI publishes and keys carry."""

    PARTY_CREATE = "party:create"
    PARTY_READ = "party:read"
    PARTY_SUSPEND = "party:suspend"
    PARTY_RESUME = "party:resume"
    MEMBER_CREATE = "member:create"
    MEMBER_READ = "member:read"
    SITE_CREATE = "site:create"
    SITE_READ = "site:read"
    LICENCE_CREATE = "licence:create"
    LICENCE_READ = "licence:read"
    LICENCE_VERIFY = "licence:verify"
    API_KEY_CREATE = "api_key:create"
    API_KEY_READ = "api_key:read"
    API_KEY_REVOKE = "api_key:revoke"
    COMMODITY_CREATE = "commodity:create"
    LISTING_READ = "listing:read"
    LISTING_OVERVIEW = "listing:overview"
    LISTING_CREATE = "listing:create"
    LISTING_EDIT = "listing:edit"
    LISTING_SUBMIT = "listing:submit"
    LISTING_APPROVE = "listing:approve"
    LISTING_REQUEST_CHANGES = "listing:request_changes"
    LISTING_REJECT = "listing:reject"
    LISTING_PUBLISH = "listing:publish"
    LISTING_PAUSE = "listing:pause"
    LISTING_ARCHIVE = "listing:archive"
    LISTING_CHANGE_READ = "listing_change:read"
    LISTING_CHANGE_APPROVE = "listing_change:approve"
    LISTING_CHANGE_REQUEST_CHANGES = "listing_change:request_changes"
    LISTING_CHANGE_REJECT = "listing_change:reject"
    LISTING_CHANGE_WITHDRAW = "listing_change:withdraw"
    CURATION_READ = "curation:read"
    CLOSURE_READ = "closure:read"
    CLOSURE_CREATE = "closure:create"
    CLOSURE_CANCEL = "closure:cancel"
    VARIANT_READ = "variant:read"
    VARIANT_CREATE = "variant:create"
    VARIANT_EDIT = "variant:edit"
    VARIANT_RECEIVE = "variant:receive"
    VARIANT_ADJUST = "variant:adjust"
    VARIANT_RETIRE = "variant:retire"
    PHOTO_CREATE = "photo:create"
    IMPORT_READ = "import:read"
    IMPORT_CREATE = "import:create"
    IMPORT_APPLY = "import:apply"
    IMPORT_CANCEL = "import:cancel"
    SUPPLY_OFFER_READ = "supply_offer:read"
    SUPPLY_OFFER_CREATE = "supply_offer:create"
    SUPPLY_OFFER_PAUSE = "supply_offer:pause"
    SUPPLY_OFFER_RESUME = "supply_offer:resume"
    SUPPLY_OFFER_COMMIT = "supply_offer:commit"
    SUPPLY_OFFER_ADJUST = "supply_offer:adjust"
    SUPPLY_OFFER_WITHDRAW = "supply_offer:withdraw"
    PRICE_SERIES_READ = "price_series:read"
    PRICE_SERIES_CREATE = "price_series:create"
    PRICE_SERIES_RECORD = "price_series:record"
    PRICE_SERIES_IMPORT = "price_series:import"
    AGREEMENT_READ = "agreement:read"
    AGREEMENT_CREATE = "agreement:create"
    AGREEMENT_PROPOSE = "agreement:propose"
    AGREEMENT_CONFIRM = "agreement:confirm"
    AGREEMENT_SUSPEND = "agreement:suspend"
    AGREEMENT_RESUME = "agreement:resume"
    AGREEMENT_TERMINATE = "agreement:terminate"
    AGREEMENT_REJECT = "agreement:reject"
    AGREEMENT_WITHDRAW = "agreement:withdraw"
    AGREEMENT_COMPLETE = "agreement:complete"
    AGREEMENT_LINK = "agreement:link"
    AGREEMENT_AMENDMENT_READ = "agreement_amendment:read"
    AGREEMENT_AMENDMENT_CREATE = "agreement_amendment:create"
    AGREEMENT_AMENDMENT_CONFIRM = "agreement_amendment:confirm"
    AGREEMENT_AMENDMENT_REJECT = "agreement_amendment:reject"
    AGREEMENT_AMENDMENT_WITHDRAW = "agreement_amendment:withdraw"
    QUOTE_REQUEST_READ = "quote_request:read"
    QUOTE_REQUEST_CREATE = "quote_request:create"
    QUOTE_REQUEST_CANCEL = "quote_request:cancel"
    QUOTE_REQUEST_CLOSE = "quote_request:close"
    QUOTE_READ = "quote:read"
    QUOTE_CREATE = "quote:create"
    QUOTE_ACCEPT = "quote:accept"
    QUOTE_DECLINE = "quote:decline"
    QUOTE_WITHDRAW = "quote:withdraw"
    ORDER_READ = "order:read"
    ORDER_PLACE = "order:place"
    ORDER_CONFIRM = "order:confirm"
    ORDER_DECLINE = "order:decline"
    ORDER_CANCEL = "order:cancel"
    ORDER_SHORT_CLOSE = "order:short_close"
    ORDER_ALLOCATE = "order:allocate"
    ORDER_AMENDMENT_READ = "order_amendment:read"
    ORDER_AMENDMENT_CREATE = "order_amendment:create"
    ORDER_AMENDMENT_CONFIRM = "order_amendment:confirm"
    ORDER_AMENDMENT_REJECT = "order_amendment:reject"
    ORDER_AMENDMENT_WITHDRAW = "order_amendment:withdraw"
    CONSOLIDATION_READ = "consolidation:read"
    CONSOLIDATION_CREATE = "consolidation:create"
    SUPPLY_REQUEST_READ = "supply_request:read"
    SUPPLY_REQUEST_ANSWER = "supply_request:answer"
    ALLOCATION_READ = "allocation:read"
    ALLOCATION_CONFIRM = "allocation:confirm"
    ALLOCATION_REDUCE = "allocation:reduce"
    ALLOCATION_DECLINE = "allocation:decline"
    LOT_READ = "lot:read"
    LOT_CREATE = "lot:create"
    SHIPMENT_READ = "shipment:read"
    SHIPMENT_CREATE = "shipment:create"
    SHIPMENT_DISPATCH = "shipment:dispatch"
    SHIPMENT_ARRIVE = "shipment:arrive"
    SHIPMENT_DELIVER = "shipment:deliver"
    SHIPMENT_CANCEL = "shipment:cancel"
    SHIPMENT_TRACK = "shipment:track"
    GOODS_RECEIPT_READ = "goods_receipt:read"
    GOODS_RECEIPT_POST = "goods_receipt:post"
    GOODS_RECEIPT_SIGN = "goods_receipt:sign"
    BALANCE_READ = "balance:read"
    FAIRNESS_READ = "fairness:read"
    DESK_READ = "desk:read"
    EVENT_READ = "event:read"
    HISTORY_READ = "history:read"


P = Permission

_EVERYBODY = frozenset(
    {
        P.PARTY_READ,
        P.MEMBER_CREATE,
        P.MEMBER_READ,
        P.SITE_CREATE,
        P.SITE_READ,
        P.LICENCE_CREATE,
        P.LICENCE_READ,
        P.API_KEY_CREATE,
        P.API_KEY_READ,
        P.API_KEY_REVOKE,
        P.LISTING_READ,
        P.PRICE_SERIES_READ,
        P.EVENT_READ,
    }
)

GRANTS: dict[Role, frozenset[Permission]] = {
    Role.SELLER: _EVERYBODY
    | {
        P.LISTING_OVERVIEW,
        P.LISTING_CREATE,
        P.LISTING_EDIT,
        P.LISTING_SUBMIT,
        P.LISTING_PUBLISH,
        P.LISTING_PAUSE,
        P.LISTING_ARCHIVE,
        P.PHOTO_CREATE,
        P.LISTING_CHANGE_READ,
        P.LISTING_CHANGE_WITHDRAW,
        P.CLOSURE_READ,
        P.CLOSURE_CREATE,
        P.CLOSURE_CANCEL,
        P.VARIANT_READ,
        P.VARIANT_CREATE,
        P.VARIANT_EDIT,
        P.VARIANT_RECEIVE,
        P.VARIANT_ADJUST,
        P.VARIANT_RETIRE,
        P.IMPORT_READ,
        P.IMPORT_CREATE,
        P.IMPORT_APPLY,
        P.IMPORT_CANCEL,
        P.SUPPLY_OFFER_READ,
        P.SUPPLY_OFFER_CREATE,
        P.SUPPLY_OFFER_PAUSE,
        P.SUPPLY_OFFER_RESUME,
        P.SUPPLY_OFFER_COMMIT,
        P.SUPPLY_OFFER_ADJUST,
        P.SUPPLY_OFFER_WITHDRAW,
        P.SUPPLY_REQUEST_READ,
        P.SUPPLY_REQUEST_ANSWER,
        P.ALLOCATION_READ,
        P.ALLOCATION_CONFIRM,
        P.ALLOCATION_REDUCE,
        P.ALLOCATION_DECLINE,
        P.LOT_READ,
        P.LOT_CREATE,
    },
    Role.BUYER: _EVERYBODY
    | {
        P.AGREEMENT_READ,
        P.AGREEMENT_CONFIRM,
        P.AGREEMENT_REJECT,
        P.AGREEMENT_AMENDMENT_READ,
        P.AGREEMENT_AMENDMENT_CREATE,
        P.AGREEMENT_AMENDMENT_CONFIRM,
        P.AGREEMENT_AMENDMENT_REJECT,
        P.AGREEMENT_AMENDMENT_WITHDRAW,
        P.QUOTE_REQUEST_READ,
        P.QUOTE_REQUEST_CREATE,
        P.QUOTE_REQUEST_CANCEL,
        P.QUOTE_READ,
        P.QUOTE_CREATE,
        P.QUOTE_ACCEPT,
        P.QUOTE_DECLINE,
        P.QUOTE_WITHDRAW,
        P.ORDER_READ,
        P.ORDER_PLACE,
        P.ORDER_CANCEL,
        P.ORDER_AMENDMENT_READ,
        P.ORDER_AMENDMENT_CREATE,
        P.ORDER_AMENDMENT_CONFIRM,
        P.ORDER_AMENDMENT_REJECT,
        P.ORDER_AMENDMENT_WITHDRAW,
        P.SHIPMENT_READ,
        P.GOODS_RECEIPT_READ,
        P.GOODS_RECEIPT_POST,
        P.GOODS_RECEIPT_SIGN,
    },
    Role.CARRIER: _EVERYBODY
    | {
        P.SHIPMENT_READ,
        P.SHIPMENT_DISPATCH,
        P.SHIPMENT_ARRIVE,
        P.SHIPMENT_DELIVER,
        P.SHIPMENT_TRACK,
    },
    # The hub does everything but consent for the other side.
    Role.OPERATOR: frozenset(Permission)
    - {P.AGREEMENT_CONFIRM, P.AGREEMENT_REJECT, P.QUOTE_REQUEST_CANCEL, P.GOODS_RECEIPT_SIGN},
}


LIVE_ONLY: frozenset[Permission] = frozenset(
    {
        P.PARTY_CREATE,
        P.PARTY_SUSPEND,
        P.PARTY_RESUME,
        P.LICENCE_VERIFY,
        P.COMMODITY_CREATE,
        P.PRICE_SERIES_CREATE,
        P.PRICE_SERIES_RECORD,
        P.PRICE_SERIES_IMPORT,
    }
)
"""What decides about things that both worlds share; a test key never may."""


@lru_cache(maxsize=1024)
def granted(roles: tuple[str, ...], only: tuple[str, ...]) -> frozenset[str]:
    """What a key with *roles* may do, narrowed to *only* these permissions when there are any."""
    allowed = all_granted(roles)
    return allowed & frozenset(only) if only else allowed


def all_granted(roles: Iterable[str]) -> frozenset[str]:
    """Everything that *roles* carry together."""
    return frozenset().union(*(GRANTS[Role(role)] for role in roles))
