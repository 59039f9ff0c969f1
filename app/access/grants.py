"""Which role carries which permissions."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

from app.access.permissions import Permission, Role

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
        P.EVIDENCE_READ,
        P.EVIDENCE_CREATE,
        P.DOCUMENT_READ,
        P.DOCUMENT_ISSUE,
        P.DOCUMENT_LINK,
        P.EPCIS_READ,
        P.EPCIS_CAPTURE,
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
        P.LOT_TRACE,
        P.LOT_EVENT_READ,
        P.INSPECTION_READ,
        P.LEG_READ,
        P.DEDUCTION_READ,
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
        P.LOT_TRACE,
        P.INSPECTION_READ,
        P.RECALL_READ,
        P.SHIPMENT_READ,
        P.SHIPMENT_REFUSE,
        P.TELEMETRY_READ,
        P.GOODS_RECEIPT_READ,
        P.GOODS_RECEIPT_CREATE,
        P.GOODS_RECEIPT_EDIT,
        P.GOODS_RECEIPT_POST,
        P.GOODS_RECEIPT_SIGN,
        P.GOODS_RECEIPT_REVERSE,
        P.CLAIM_READ,
        P.CLAIM_CREATE,
        P.CLAIM_WITHDRAW,
    },
    Role.CARRIER: _EVERYBODY
    | {
        P.LEG_READ,
        P.LEG_START,
        P.LEG_REACH,
        P.LEG_LEAVE,
        P.LEG_COMPLETE,
        P.SHIPMENT_READ,
        P.SHIPMENT_LOAD,
        P.SHIPMENT_DISPATCH,
        P.SHIPMENT_ARRIVE,
        P.SHIPMENT_DELIVER,
        P.SHIPMENT_REFUSE,
        P.SHIPMENT_TRACK,
        P.SHIPMENT_ESTIMATE,
        P.TRACKING_EVENT_RECORD,
        P.TRACKING_EVENT_RECEIVE,
        P.TELEMETRY_READ,
        P.TELEMETRY_RECORD,
        P.DEDUCTION_READ,
    },
    # The hub does everything but consent or complain for the other side.
    Role.OPERATOR: frozenset(Permission)
    - {
        P.AGREEMENT_CONFIRM,
        P.AGREEMENT_REJECT,
        P.QUOTE_REQUEST_CANCEL,
        P.GOODS_RECEIPT_SIGN,
        P.CLAIM_WITHDRAW,
    },
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
