"""Logs: one JSON object a line on stderr. Keys, bodies and personal data never reach them."""

from __future__ import annotations

import logging
import re
import sys
from typing import Any

import orjson
import structlog
from structlog.typing import EventDict

# Postgres tells the whole row that failed, and which key it was: what people sent, not our defect.
_ROW = re.compile(r"(DETAIL|Key|Failing row contains)\b.*")


def _without_rows(_logger: Any, _name: str, event: EventDict) -> EventDict:
    if "exception" in event:
        event["exception"] = _ROW.sub(r"\1 …", event["exception"])
    return event


def configure(level: str) -> None:
    """Write log lines from *level* upward."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            _without_rows,
            structlog.processors.JSONRenderer(serializer=orjson.dumps),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(getattr(logging, level.upper())),
        logger_factory=structlog.BytesLoggerFactory(sys.stderr.buffer),
        cache_logger_on_first_use=True,
    )
