"""What a licence is worth on a day: said once in SQL and once in Python, and both say the same."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import product
from typing import Any

import pytest

from app.access.enter import acting_as_hub
from app.core.ids import decode, new_id
from app.parties.bootstrap import find_hub
from app.parties.models import LicenceKind
from app.parties.queries import held_licences, licences_of
from app.parties.rules import Held, kinds_on, last_good_day
from app.parties.states import LicenceStatus
from tests.api import Api

pytestmark = pytest.mark.anyio

DAY = date(2026, 12, 1)


def pirt(first: int, last: int | None, kind: str = "pirt") -> Held:
    """A valid licence from so many days after `DAY` to so many."""
    until = None if last is None else DAY + timedelta(last)
    return Held(kind, "valid", DAY + timedelta(first), until)


@pytest.mark.parametrize(
    ("held", "last"),
    [
        ([], None),
        ([pirt(1, 9)], None),  # not good on the day
        ([pirt(-9, -1)], None),
        ([pirt(-9, 0)], (0, "pirt")),
        ([pirt(-9, 5)], (5, "pirt")),
        ([pirt(-9, None)], None),
        ([pirt(-9, 5), pirt(6, 20, "bpom_md")], (20, "bpom_md")),
        ([pirt(-9, 5), pirt(7, 20, "bpom_md")], (5, "pirt")),  # a day's gap
        ([pirt(-9, 5), pirt(2, None, "bpom_md")], None),
        ([pirt(-9, 5), pirt(2, None, "halal")], (5, "pirt")),  # of another sort
    ],
)
def test_the_last_good_day_without_a_gap(held: list[Held], last: tuple[int, str] | None) -> None:
    wanted = last and (DAY + timedelta(last[0]), last[1])
    assert last_good_day(held, {"pirt", "bpom_md"}, DAY) == wanted


async def test_python_and_sql_agree_over_all_kinds_statuses_and_days(
    hub: Api, app: Any, owner: Any
) -> None:
    hub_id = await find_hub(app.state.database)
    assert hub_id is not None
    parties = {}
    async with acting_as_hub(app.state.database, hub_id, livemode=True) as tx:
        for kind, status, first, last in product(
            (LicenceKind.NKV, LicenceKind.PIRT), LicenceStatus, (-1, 0, 1), (-1, 0, 1, None)
        ):
            if last is None or first <= last:
                party = await hub.party("seller")
                parties[decode("pty", party.id)] = (kind, status, first, last)
    async with owner.transaction():
        for party_id, (kind, status, first, last) in parties.items():
            today = tx.today
            await owner.execute(
                "INSERT INTO licences (id, party_id, kind, number, status, valid_from, valid_to) "
                "VALUES ($1, $2, $3, '', $4, $5, $6)",
                new_id(),
                party_id,
                str(kind),
                str(status),
                today + timedelta(first),
                None if last is None else today + timedelta(last),
            )
    async with acting_as_hub(app.state.database, hub_id, livemode=True, now=tx.now) as tx:
        found = await licences_of(tx, list(parties))
        good = 0
        for party_id, case in parties.items():
            held = await held_licences(tx, party_id)
            assert kinds_on(found[party_id], tx.today) == held, case
            good += bool(held)
    assert 0 < good < len(parties)
