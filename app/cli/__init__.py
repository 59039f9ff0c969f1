"""`btc`: the service's one command, from the first try on a laptop to production.

Everything heavy is imported inside the command that needs it, so that ``btc --help`` and the start
of the service stay quick. Messages for people go to stderr; stdout carries only what a command was
asked for. Whatever a person can mend is one sentence with its remedy and exit code 1.
"""

from __future__ import annotations

import click

from app.cli.startup import load_settings


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """Blitar Trade Center: from many small producers' goods to one bulk order.

    Settings are environment variables (BTC_PORT, BTC_DATA_DIR, ...). Without BTC_DATABASE_URL the
    service brings its own Postgres.
    """


@main.command()
def serve() -> None:
    """Run the service, with its own Postgres unless BTC_DATABASE_URL is set."""
    from app.cli.serving import run

    run(load_settings())


@main.command()
@click.option("--sql", is_flag=True, help="Print the SQL instead of running it.")
def migrate(sql: bool) -> None:
    """Bring the database's schema to this version."""
    from app.cli.startup import migrate_now
    from app.db import migrate as migrations

    if sql:
        click.echo(migrations.sql(), nl=False)
    else:
        migrate_now(load_settings())


@main.command()
def worker() -> None:
    """Run the worker: deadlines and reconciling (with BTC_DATABASE_URL)."""
    from app.cli.serving import run_worker

    run_worker(load_settings())


@main.group()
def keys() -> None:
    """Make API keys."""


@keys.command("create")
@click.option("--operator", is_flag=True, required=True, help="A key of the hub itself.")
def keys_create(operator: bool) -> None:  # noqa: ARG001 - said for the reader of the command line
    """Print one fresh key and nothing else; works with the service running or stopped.

    Only the hub's own key can be made here; it makes all others through POST /v1/api-keys.
    """
    from app.cli.keys import create_operator_key

    click.echo(create_operator_key(load_settings()))


@main.command()
@click.option("--exit", "then_exit", is_flag=True, help="Stop when the story has been told.")
def demo(then_exit: bool) -> None:
    """Tell a whole trade through the API, then keep serving."""
    from app.cli.demo import run

    run(load_settings(), then_exit=then_exit)


@main.command()
def doctor() -> None:
    """Say what is wrong with this installation and how to mend it."""
    from app.cli.doctor import report

    if not report(load_settings()):
        raise click.exceptions.Exit(1)


@main.command()
def openapi() -> None:
    """Print the API's OpenAPI document."""
    from app.cli.openapi import document

    click.echo(document(load_settings()))
