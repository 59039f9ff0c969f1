"""`btc demo`: one trade from listing to receipt, told through the public API.

Uses the service that answers on BTC_PORT, or becomes it and goes on serving.
"""

from __future__ import annotations

import asyncio

import click

from app.cli import serving
from app.cli.keys import create_operator_key, operator_key
from app.cli.listening import answers, url_of
from app.cli.startup import Problem
from app.settings import Settings


def run(settings: Settings, *, then_exit: bool) -> None:
    """Tell the story; a failed story is exit code 1, or whatever the story says."""
    if settings.port and answers(settings.host, settings.port):
        _tell_to_running(settings)
    else:
        serving.run(_quiet(settings), _tell if then_exit else _tell_and_stay, stay=not then_exit)


def _quiet(settings: Settings) -> Settings:
    """Without a log line per request between the story's lines, unless a level was asked for."""
    said = "log_level" in settings.model_fields_set
    return settings if said else settings.model_copy(update={"log_level": "warning"})


async def _tell(url: str, settings: Settings) -> int:
    from app import demo

    return await demo.run(url, lambda: operator_key(settings), settings.data_dir.absolute())


async def _tell_and_stay(url: str, settings: Settings) -> int:
    code = await _tell(url, settings)
    if not code:
        click.echo(f"\nThe service stays at {url} until Ctrl-C.")
    return code


def _tell_to_running(settings: Settings) -> None:
    from app import demo
    from app.db.embedded import attach

    url = url_of(settings.host, settings.port)
    if settings.embedded and attach(settings.data_dir) is None:
        raise Problem(
            f"Something answers at {url}, but not on the data in {settings.data_dir}. Set "
            "BTC_DATA_DIR to that service's folder, or BTC_PORT to a free port."
        )

    async def key() -> str:
        return await asyncio.to_thread(create_operator_key, settings)  # has a loop of its own

    code = asyncio.run(demo.run(url, key, settings.data_dir.absolute()))
    if code:
        raise click.exceptions.Exit(code)
