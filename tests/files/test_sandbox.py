"""The sandbox: whatever happens inside, the service gets an answer and loses nothing."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from app.core.errors import Invalid
from app.core.text import Text
from app.files.sandbox import FilesBusy, Limits, Sandbox, TooCostly
from tests.db.clusters import wait_until
from tests.files import jobs

pytestmark = pytest.mark.anyio


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    made = Sandbox(Limits(cpu_seconds=1, seconds=15, processes=1, waiting=1))
    yield made
    await made.close()


async def test_values_come_back_as_they_are_from_another_process(sandbox: Sandbox) -> None:
    assert await sandbox.run(jobs.values) == jobs.values()
    assert await sandbox.run(jobs.process) != os.getpid()


async def test_a_process_is_used_again_until_it_is_closed(sandbox: Sandbox) -> None:
    first = await sandbox.run(jobs.process)
    assert await sandbox.run(jobs.process) == first
    await sandbox.close()
    assert not psutil.pid_exists(first)


async def test_it_knows_none_of_the_services_secrets(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BTC_SECRET", "hush")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "hush")
    assert "hush" not in (await sandbox.run(jobs.environment)).values()


async def test_what_a_library_prints_is_no_verdict(sandbox: Sandbox) -> None:
    assert await sandbox.run(jobs.prints) == "said"
    assert await sandbox.run(jobs.echo, "and again") == "and again"


async def test_a_refusal_comes_out_as_the_refusal_it_is(sandbox: Sandbox) -> None:
    with pytest.raises(Invalid) as refused:
        await sandbox.run(jobs.refuses)
    (error,) = refused.value.errors
    assert (error.pointer, error.code) == ("/lines/0", "decimal_positive")
    assert error.detail == Text("More than 0.", "Harus lebih dari 0.")


async def test_a_defect_of_ours_is_no_fault_of_the_file(sandbox: Sandbox) -> None:
    with pytest.raises(RuntimeError, match="our own mistake"):
        await sandbox.run(jobs.breaks)


@pytest.mark.parametrize(
    ("job", "arguments"),
    [(jobs.eats, (2 * 2**30,)), (jobs.computes, ()), (jobs.dies, ())],
    ids=["memory", "time of the processor", "death"],
)
async def test_a_job_that_breaks_a_limit_is_refused_and_the_next_one_runs(
    sandbox: Sandbox, job: Any, arguments: Any
) -> None:
    before = await sandbox.run(jobs.process)
    with pytest.raises(TooCostly):
        await sandbox.run(job, *arguments)
    assert await sandbox.run(jobs.process) != before


async def test_a_job_that_only_sleeps_is_ended_too() -> None:
    sandbox = Sandbox(Limits(seconds=0.2))
    try:
        with pytest.raises(TooCostly):
            await sandbox.run(jobs.sleeps, 600)
    finally:
        await sandbox.close()


async def test_a_process_that_died_idle_costs_nobody_anything(sandbox: Sandbox) -> None:
    psutil.Process(await sandbox.run(jobs.process)).kill()
    while sandbox._idle[0].alive:  # noqa: ASYNC110 - the loop hears of it some time
        await asyncio.sleep(0.01)
    assert await sandbox.run(jobs.echo, 1) == 1


async def test_a_caller_who_goes_away_takes_the_job_along(sandbox: Sandbox) -> None:
    inside = await sandbox.run(jobs.process)
    task = asyncio.create_task(sandbox.run(jobs.sleeps, 600))
    await asyncio.sleep(0.05)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert await sandbox.run(jobs.process) != inside


async def test_beyond_what_can_wait_a_job_is_refused_at_once(sandbox: Sandbox) -> None:
    await sandbox.run(jobs.process)
    running, waiting = (asyncio.create_task(sandbox.run(jobs.sleeps, 600)) for _ in "12")
    await asyncio.sleep(0)
    with pytest.raises(FilesBusy) as refused:
        await sandbox.run(jobs.process)
    assert refused.value.retry_after
    for task in (running, waiting):
        task.cancel()
    await asyncio.gather(running, waiting, return_exceptions=True)
    assert await sandbox.run(jobs.echo, "free again") == "free again"


@pytest.mark.parametrize("job", [jobs.evil, jobs.sneaky])
async def test_a_process_that_was_taken_over_cannot_make_the_service_call_anything(
    sandbox: Sandbox, tmp_path: Path, job: Any
) -> None:
    """Canary: with a plain `pickle.loads` the file would be there."""
    path = tmp_path / "made by the parent"
    with pytest.raises(TooCostly):
        await sandbox.run(job, str(path))
    assert not path.exists()


async def test_ctrl_c_and_sigterm_for_the_whole_group_leave_a_running_job_alone(
    sandbox: Sandbox,
) -> None:
    inside = await sandbox.run(jobs.process)
    for one in (signal.SIGINT, signal.SIGTERM):
        os.kill(inside, one)
    assert await sandbox.run(jobs.process) == inside


SERVICE = """
import asyncio
from app.files.sandbox import Sandbox
from tests.files import jobs

async def serve():
    sandbox = Sandbox()
    print(await sandbox.run(jobs.process), flush=True)
    await sandbox.run(jobs.sleeps, 600)

asyncio.run(serve())
"""


def test_a_service_that_is_killed_leaves_no_process_behind() -> None:
    """In the middle of a job: no handler of the parent runs, the child sees its input end."""
    service = subprocess.Popen(
        [sys.executable, "-c", SERVICE],
        stdout=subprocess.PIPE,
        cwd=Path(__file__).parents[2],
        text=True,
    )
    assert service.stdout is not None
    with service, service.stdout:
        inside = psutil.Process(int(service.stdout.readline()))
        service.kill()
    wait_until(lambda: not inside.is_running() or inside.status() == "zombie", 10)
