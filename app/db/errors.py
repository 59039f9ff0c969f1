"""What can go wrong between the service and Postgres, as refusals of the domain.

Constraints are the last wall; when one stops a request that the commands let through, its name
tells which refusal it is. Everything else becomes "unavailable, retry with the same key".
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import asyncpg
from sqlalchemy.exc import DBAPIError, InterfaceError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from app.core.errors import DomainError, Kind
from app.core.text import Text


class DatabaseUnavailable(DomainError):
    """The database did not answer, or the connection was lost before it said so."""

    kind = Kind.UNAVAILABLE
    code = "unavailable"
    retry_after = 2
    title = Text("Temporarily unavailable", "Sementara tidak tersedia")
    advice = Text(
        "Send the same request again with the same Idempotency-Key; nothing happens twice.",
        "Kirim ulang permintaan yang sama dengan Idempotency-Key yang sama; tidak akan ganda.",
    )


class Busy(DatabaseUnavailable):
    """Somebody else holds the row for too long, or two requests blocked each other."""

    code = "busy"
    retry_after = 1
    title = Text("Busy", "Sedang sibuk")


_BY_CONSTRAINT: dict[str, Callable[[], DomainError]] = {}


def refuse_by(constraint: str, refusal: Callable[[], DomainError]) -> None:
    """When *constraint* stops a statement, the request is refused with *refusal*."""
    assert constraint not in _BY_CONSTRAINT, constraint
    _BY_CONSTRAINT[constraint] = refusal


_LOST = (
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,  # the driver lost its place when the connection broke
    asyncpg.PostgresConnectionError,
    asyncpg.CannotConnectNowError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.TooManyConnectionsError,
    asyncpg.QueryCanceledError,
    asyncpg.IdleInTransactionSessionTimeoutError,
    asyncpg.TransactionTimeoutError,
    ConnectionError,
    TimeoutError,
    OSError,
    PoolTimeout,
    InterfaceError,
)
_BLOCKED = (
    asyncpg.LockNotAvailableError,
    asyncpg.DeadlockDetectedError,
    asyncpg.SerializationError,
)


def refusal_of(error: BaseException) -> DomainError | None:
    """The refusal that *error* of the driver or SQLAlchemy stands for; None: our defect."""
    cause = error.orig.__cause__ if isinstance(error, DBAPIError) and error.orig else error
    if isinstance(cause, _BLOCKED):
        return Busy()
    if isinstance(cause, asyncpg.IntegrityConstraintViolationError):
        made = _BY_CONSTRAINT.get(cause.constraint_name or "")
        return made() if made else None
    if isinstance(cause, _LOST):
        return DatabaseUnavailable()
    return None


@contextmanager
def translated() -> Iterator[None]:
    """Turn the driver's errors inside the block into refusals; defects pass as they are."""
    try:
        yield
    except DomainError:
        raise
    except Exception as error:
        refusal = refusal_of(error)
        if refusal is None:
            raise
        raise refusal from error
