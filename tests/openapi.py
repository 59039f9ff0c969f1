"""The service's own OpenAPI document, read as a caller would: what generated tests start from.

New operations are found here by themselves. Walking ``app.routes`` instead would find nothing in
current FastAPI, and a test over nothing passes.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from pydantic import SecretStr

from app.main import create_app
from app.settings import Settings

SECRET = "a secret that only the tests know, long enough"


@dataclass(frozen=True)
class Operation:
    """One operation of the document."""

    path: str
    method: str
    spec: dict[str, Any]

    @property
    def id(self) -> str:
        return str(self.spec["operationId"])

    @property
    def public(self) -> bool:
        """Whether it answers without a key."""
        return self.spec["security"] == [] or {} in self.spec["security"]

    @property
    def endless(self) -> bool:
        """Whether its answer goes on for as long as somebody listens."""
        return "text/event-stream" in self.spec["responses"].get("200", {}).get("content", {})

    @property
    def permission(self) -> str | None:
        """The scope a key must carry for it."""
        scopes = [s for need in self.spec["security"] for s in need.get("apiKey", ())]
        return scopes[0] if scopes else None

    @property
    def path_parameters(self) -> list[str]:
        return [p["name"] for p in self.spec.get("parameters", ()) if p["in"] == "path"]

    def parameter(self, name: str) -> dict[str, Any] | None:
        """The parameter called *name*, wherever it is sent."""
        found = (p for p in self.spec.get("parameters", ()) if p["name"].lower() == name.lower())
        return next(found, None)

    @property
    def file_types(self) -> list[str]:
        """What its body may be sent as, if that is a file."""
        content = self.spec.get("requestBody", {}).get("content", {})
        return [kind for kind, said in content.items() if said["schema"].get("format") == "binary"]

    def body_schema(self, document: dict[str, Any]) -> dict[str, Any] | None:
        """The schema of its JSON body; None when it takes none, or a file."""
        content = self.spec.get("requestBody", {}).get("content", {})
        if not content or self.file_types:
            return None
        schema = next(iter(content.values()))["schema"]
        for choice in (schema, *schema.get("anyOf", ())):  # an optional body is model-or-null
            if "$ref" in choice:
                return dict(document["components"]["schemas"][choice["$ref"].rpartition("/")[2]])
        return dict(schema)


@lru_cache(maxsize=1)
def unstarted() -> Any:
    """The application, built and not started: it answers for its shape only."""
    # The secret is the one of the other tests: building an application unlocks the vault with it.
    return create_app(
        Settings(
            database_url=SecretStr("postgresql://nobody@127.0.0.1:1/nothing"),
            secret=SecretStr(SECRET),
            log_level="error",
        )
    )


def document() -> dict[str, Any]:
    """The finished document."""
    return dict(unstarted().openapi())


def operations() -> list[Operation]:
    """Every operation; never an empty list."""
    found = [
        Operation(path, method.upper(), spec)
        for path, methods in document()["paths"].items()
        for method, spec in methods.items()
    ]
    assert len(found) >= 30, "the document lost its operations"
    return found
