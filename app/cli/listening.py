"""The service's address: taking it, naming it, asking who is there."""

from __future__ import annotations

import http.client
import socket

from app.cli.startup import Problem


def url_of(host: str, port: int) -> str:
    """Where a browser on this machine finds the service."""
    everywhere = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}  # noqa: S104 - read, not bound
    shown = everywhere.get(host, f"[{host}]" if ":" in host else host)
    return f"http://{shown}:{port}"


def listen(host: str, port: int) -> socket.socket:
    """Take the port, without answering on it yet: callers are refused until we can serve them."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
    except OSError as error:
        raise Problem(f"BTC_HOST={host} is not an address: {error.strerror}.") from error
    listener = socket.socket(family, kind, protocol)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind(address)
    except OSError as error:
        listener.close()
        raise taken(host, port, error) from error
    listener.set_inheritable(False)
    return listener


def taken(host: str, port: int, error: OSError) -> Problem:
    """What to tell somebody whose port cannot be had."""
    return Problem(
        f"Cannot listen on {host} port {port}: {error.strerror or error}. Stop the program that "
        "uses it, or choose another port with BTC_PORT (or address with BTC_HOST)."
    )


def answers(host: str, port: int) -> bool:
    """Whether a service says there that it is alive."""
    address = url_of(host, port).removeprefix("http://")
    connection = http.client.HTTPConnection(address, timeout=3)
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().status == http.client.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
