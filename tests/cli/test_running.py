"""`btc` while the service runs and after it has ended, however it ended."""

from __future__ import annotations

import re
import shutil
import signal
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.service import Service
from tests.db.clusters import serving, wait_until

KEY = re.compile(r"btc_live_[0-9a-z]+\n")


@pytest.fixture(scope="module")
def stopped() -> Iterator[Service]:
    """A folder and a port for the tests of this module; started when a test asks for `service`."""
    folder = Path(tempfile.mkdtemp(prefix="btc cli "))
    folder.chmod(0o755)
    service = Service(folder / "data")
    yield service
    service.stop()
    shutil.rmtree(folder)


@pytest.fixture
def service(stopped: Service) -> Service:
    """The service, running; an earlier test may have ended it."""
    if not stopped.running:
        stopped.start()
    return stopped


def test_it_says_where_it_is_and_keeps_stdout_clean(service: Service) -> None:
    said = service.log.read_text()
    assert f"BTC is ready at {service.url}" in said
    assert f"{service.url}/docs" in said
    assert service.out.read_text() == ""


def test_key_is_all_that_is_printed_and_opens_the_api(service: Service) -> None:
    done = service.run("keys", "create", "--operator")
    assert KEY.fullmatch(done.stdout), done.stderr
    assert service.get("/v1/parties") == 401
    assert service.get("/v1/parties", done.stdout.strip()) == 200


def test_second_service_on_the_data_is_refused(service: Service) -> None:
    assert service.process is not None
    done = service.run("serve", BTC_PORT="0")
    assert done.returncode == 1
    assert f"in use by process {service.process.pid}" in done.stderr
    assert "BTC_DATA_DIR" in done.stderr
    assert "Traceback" not in done.stderr


def test_port_in_use_is_noticed_before_anything_is_made(service: Service) -> None:
    elsewhere = service.folder.with_name("elsewhere")
    done = service.run("serve", BTC_DATA_DIR=str(elsewhere))
    assert done.returncode == 1
    assert f"port {service.port}" in done.stderr
    assert "BTC_PORT" in done.stderr
    assert "Traceback" not in done.stderr
    assert not elsewhere.exists()


def test_doctor_finds_a_running_service_well(service: Service) -> None:
    done = service.run("doctor")
    assert done.returncode == 0, done.stdout
    assert "a service answers" in done.stdout
    assert "PROBLEM" not in done.stdout


def test_killed_postgres_comes_back_and_the_service_with_it(service: Service) -> None:
    for server in serving(service.folder):
        server.kill()
    wait_until(lambda: service.get("/readyz") != 200)
    wait_until(service.ready)
    assert service.get("/v1/regions") == 200


def test_sigterm_ends_it_in_order_and_leaves_nothing(service: Service) -> None:
    assert service.end(signal.SIGTERM) == 0
    assert not serving(service.folder)
    assert "Traceback" not in service.log.read_text()


def test_stopped_service_gives_keys_and_passes_the_doctor(stopped: Service) -> None:
    stopped.stop()
    assert KEY.fullmatch(stopped.run("keys", "create", "--operator").stdout)
    done = stopped.run("doctor")
    assert done.returncode == 0, done.stdout
    assert "is free" in done.stdout
    assert "ledgers" in done.stdout
    assert not serving(stopped.folder)


def test_sigkill_leaves_nothing_and_the_next_start_has_the_data(service: Service) -> None:
    key = service.run("keys", "create", "--operator").stdout.strip()
    service.end(signal.SIGKILL)
    wait_until(lambda: not serving(service.folder))
    service.start()
    assert service.get("/v1/parties", key) == 200


def test_ctrl_c_is_an_orderly_end_too(service: Service) -> None:
    assert service.end(signal.SIGINT) == 0
    assert not serving(service.folder)


def test_lost_secret_is_not_replaced(service: Service) -> None:
    """A new one would make every key worthless without a word."""
    service.stop()
    secret = service.folder / "secret"
    kept = secret.rename(secret.with_name("kept"))
    done = service.run("serve")
    assert done.returncode == 1
    assert "is missing" in done.stderr
    assert "PROBLEM  secret" in service.run("doctor").stdout
    assert not secret.exists()
    kept.rename(secret)
