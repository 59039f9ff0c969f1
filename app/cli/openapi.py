"""The API's document, made without a database."""

from __future__ import annotations

import contextlib
import json
import sys

from app.settings import Settings


def document(settings: Settings) -> str:
    """The OpenAPI document as indented JSON, keys in the order in which they were declared."""
    with contextlib.redirect_stdout(sys.stderr):
        from app.main import create_app

        # Nothing connects and nothing is signed: the application only has to be built.
        unused = settings.bound(service_url="postgresql://", owner_url="", secret="-" * 32)
        return json.dumps(create_app(unused).openapi(), indent=2, ensure_ascii=False)
