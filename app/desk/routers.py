"""The desk's routers, for the front door."""

from __future__ import annotations

from app.desk.balance.router import router as balance
from app.desk.fairness.router import router as fairness
from app.desk.reciprocal.router import router as reciprocal
from app.desk.waiting.router import router as waiting

routers = [waiting, balance, fairness, reciprocal]
