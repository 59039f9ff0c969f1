"""A small trade of our own as EPCIS events, each with its hash.

The hashes were made once by the method's own reference implementation (the MIT-licensed
`epcis-event-hash-generator` 1.9.3) and are kept here as numbers to compare with.
"""

from __future__ import annotations

from typing import Any

NAMESPACES = {"btc": "urn:btc:epcis:", "mitra": "https://mitra.example/epcis/"}

EVENTS: list[dict[str, Any]] = [
    {
        "type": "ObjectEvent",
        "eventTime": "2026-11-02T05:40:00.000+07:00",
        "eventTimeZoneOffset": "+07:00",
        "action": "ADD",
        "bizStep": "commissioning",
        "disposition": "active",
        "readPoint": {"id": "https://id.gs1.org/414/9520123000028"},
        "bizLocation": {"id": "https://id.gs1.org/414/9520123000028"},
        "quantityList": [
            {
                "epcClass": "https://id.gs1.org/01/09520123000011/10/LOT-2026-000101",
                "quantity": 312.5,
                "uom": "KGM",
            }
        ],
        "ilmd": {
            "btc:goods": "Telur ayam ras",
            "btc:producedOn": "2026-11-02",
            "cbvmda:lotNumber": "LOT-2026-000101",
        },
    },
    {
        "type": "TransformationEvent",
        "eventTime": "2026-11-02T09:15:30.250+07:00",
        "eventTimeZoneOffset": "+07:00",
        "bizStep": "repackaging",
        "inputQuantityList": [
            {
                "epcClass": "urn:epc:class:lgtin:9520123.000001.LOT-2026-000102",
                "quantity": 200,
                "uom": "KGM",
            },
            {
                "epcClass": "https://id.gs1.org/01/09520123000011/10/LOT-2026-000101",
                "quantity": 312.5,
                "uom": "KGM",
            },
        ],
        "outputQuantityList": [
            {
                "epcClass": "https://id.gs1.org/01/09520123000011/10/LOT-2026-000103",
                "quantity": 510.75,
                "uom": "KGM",
            }
        ],
        "readPoint": {"id": "urn:epc:id:sgln:9520123.00001.dock1"},
        "btc:loss": [{"btc:quantity": 1.75, "btc:uom": "KGM"}],
    },
    {
        "type": "AggregationEvent",
        "eventTime": "2026-11-02T11:00:00Z",
        "eventTimeZoneOffset": "+07:00",
        "action": "ADD",
        "bizStep": "packing",
        "disposition": "container_closed",
        "parentID": "urn:epc:id:sscc:9520123.0000000001",
        "childQuantityList": [
            {"epcClass": "https://id.gs1.org/01/09520123000011/10/LOT-2026-000103"}
        ],
        "childEPCs": [
            "https://id.gs1.org/8003/09520123000011A2",
            "https://id.gs1.org/8003/09520123000011A1",
        ],
    },
    {
        "type": "ObjectEvent",
        "eventTime": "2026-11-02T13:00:00+07:00",
        "eventTimeZoneOffset": "+07:00",
        "action": "OBSERVE",
        "bizStep": "shipping",
        "disposition": "in_transit",
        "epcList": ["https://id.gs1.org/00/095201230000000011"],
        "bizTransactionList": [
            {"type": "po", "bizTransaction": "urn:epcglobal:cbv:bt:9520123000011:ORD-2026-000007"},
            {
                "type": "desadv",
                "bizTransaction": "urn:epcglobal:cbv:bt:9520123000011:SHP-2026-000004",
            },
        ],
        "sourceList": [
            {"type": "possessing_party", "source": "https://id.gs1.org/417/9520123000011"}
        ],
        "destinationList": [
            {"type": "possessing_party", "destination": "https://id.gs1.org/417/9520123000035"},
            {"type": "location", "destination": "https://id.gs1.org/414/9520123000042"},
        ],
        "persistentDisposition": {"set": ["conformant", "completeness_inferred"]},
        "mitra:driver": {"mitra:shift": "pagi", "mitra:seals": ["S2", "S1"]},
    },
    {
        "type": "ObjectEvent",
        "eventTime": "2026-11-02T20:00:00+07:00",
        "eventTimeZoneOffset": "+07:00",
        "action": "OBSERVE",
        "bizStep": "sensor_reporting",
        "epcList": ["https://id.gs1.org/00/095201230000000011"],
        "sensorElementList": [
            {
                "sensorMetadata": {
                    "time": "2026-11-02T20:00:00+07:00",
                    "deviceID": "urn:epc:id:giai:9520123.7",
                },
                "sensorReport": [
                    {
                        "type": "Temperature",
                        "value": 31.80,
                        "uom": "CEL",
                        "exception": "ALARM_CONDITION",
                    },
                    {"type": "Angle", "component": "latitude", "value": -7.1, "uom": "DD"},
                ],
            }
        ],
    },
]

HASHES = [
    "ni:///sha-256;6223ca2416650b9e5a6ae855b4ebc4346ded31443dbb7afc4e1e7c8bb448d390?ver=CBV2.0",
    "ni:///sha-256;1c40497de321be33fffff79697ca75baf7b0f3e673283282ae50c2416692d464?ver=CBV2.0",
    "ni:///sha-256;15bc8b2741e32f14b32787b9f2deeccfb6e38a95066225dee00be9c27a48d015?ver=CBV2.0",
    "ni:///sha-256;3e5d9aa4a1b0c74e304f78a0b4db571117078d6772619922fafa0f48b81c146d?ver=CBV2.0",
    "ni:///sha-256;dbb94a84a760f56d8606d2e4547f145c66a7390f5f2c1bb6d769af92f579fea3?ver=CBV2.0",
]


def document(*events: Any, **fields: Any) -> dict[str, Any]:
    """An EPCISDocument of *events*."""
    return {
        "@context": ["https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld", NAMESPACES],
        "type": "EPCISDocument",
        "schemaVersion": "2.0",
        "creationDate": "2026-11-03T08:00:00+07:00",
        "epcisBody": {"eventList": list(events)},
    } | fields
