"""What is asked about: one commodity, one of its grades or all, and the days from and to."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Query

from app.core.errors import invalid
from app.core.ids import decode
from app.db.tx import Tx
from app.http.wire import Code

MOST_DAYS = 92
"""A quarter of a year at once: three months of any length."""

USUAL_DAYS = 31
"""As many days from the first one on as are shown when the last one is left out."""

_COMMODITY = """
SELECT c.id, c.code, c.base_unit,
  ARRAY(SELECT g.code FROM grades g WHERE g.commodity_id = c.id ORDER BY g.position) AS grades
FROM commodities c WHERE c.code = $1 OR c.id = $2
"""


@dataclass(frozen=True)
class Question:
    """The query as it was sent."""

    commodity: str
    grade: str | None
    start: date | None
    end: date | None


@dataclass(frozen=True)
class Subject:
    """What is answered about; `grades` are those asked for, in the commodity's order."""

    commodity_id: UUID
    code: str
    base_unit: str
    grades: list[str]
    start: date
    end: date

    @property
    def days(self) -> list[date]:
        """Every day, the last one included."""
        return [self.start + timedelta(n) for n in range((self.end - self.start).days + 1)]


async def _question(
    commodity: Annotated[Code, Query(description="Its code, or its id.", examples=["eggs"])],
    grade: Annotated[
        Code | None, Query(description="All its grades if left out.", examples=["medium"])
    ] = None,
    start: Annotated[
        date | None, Query(alias="from", description="The first day; today if left out.")
    ] = None,
    end: Annotated[
        date | None,
        Query(
            alias="to",
            description="The last day, included: at most 92 days in all, 31 if left out.",
        ),
    ] = None,
) -> Question:
    return Question(commodity, grade, start, end)


Asked = Annotated[Question, Depends(_question)]
"""``?commodity=eggs&grade=medium&from=2026-12-01&to=2026-12-31`` of an endpoint."""


async def subject(tx: Tx, asked: Question) -> Subject:
    """What the question is about; one round trip. Raises Invalid where it makes no sense."""
    start, end = _window(asked, tx.today)
    row = await tx.sql_row(_COMMODITY, asked.commodity, _id(asked.commodity))
    if row is None:
        raise invalid(
            "query:commodity",
            "commodity_unknown",
            "There is no such commodity; see GET /v1/commodities.",
            "Komoditas ini tidak ada; lihat GET /v1/commodities.",
        )
    if asked.grade is not None and asked.grade not in row["grades"]:
        raise invalid(
            "query:grade",
            "grade_unknown",
            "This commodity has no such grade; see GET /v1/commodities.",
            "Komoditas ini tidak memiliki mutu tersebut; lihat GET /v1/commodities.",
        )
    grades = row["grades"] if asked.grade is None else [asked.grade]
    return Subject(row["id"], row["code"], row["base_unit"], grades, start, end)


def _window(asked: Question, today: date) -> tuple[date, date]:
    start = asked.start or today
    usual = min(start, date.max - timedelta(USUAL_DAYS)) + timedelta(USUAL_DAYS - 1)
    end = asked.end or usual
    if end < start:
        raise invalid(
            "query:to", "window", "to lies before from.", "Isian to lebih awal dari from."
        )
    if (end - start).days >= MOST_DAYS:
        raise invalid(
            "query:to",
            "window_too_long",
            f"At most {MOST_DAYS} days at once; ask for the rest separately.",
            f"Paling banyak {MOST_DAYS} hari sekaligus; minta sisanya terpisah.",
        )
    return start, end


def _id(said: str) -> UUID | None:
    try:
        return decode("com", said)
    except ValueError:
        return None
