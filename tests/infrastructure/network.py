"""Tests reach this machine and no other: a connection elsewhere fails, whatever library asks for it."""

import ipaddress
import socket
import sys
from typing import Any

import pytest

LOCAL_NAMES = {"", "localhost", socket.gethostname()}


class NetworkForbiddenError(RuntimeError):
    """A test tried to leave this machine. Not an OSError, so that no retry code swallows it."""


def pytest_configure(config: pytest.Config) -> None:
    if not config.pluginmanager.has_plugin("network-watched"):
        config.pluginmanager.register(object(), "network-watched")
        sys.addaudithook(_watch)


def _watch(event: str, args: tuple[Any, ...]) -> None:
    if event in {"socket.connect", "socket.sendto"}:
        _require_local(args[1])
    elif event == "socket.getaddrinfo":
        _require_local((args[0],))


def _require_local(address: object) -> None:
    """Refuse `address` unless it is a path of this machine's file system or on the loopback interface."""
    if not isinstance(address, tuple) or _is_local(address[0]):
        return
    raise NetworkForbiddenError(f"a test tried to reach {address[0]}; tests use this machine only")


def _is_local(host: str | bytes | None) -> bool:
    name = host.decode() if isinstance(host, bytes) else host or ""
    if name in LOCAL_NAMES:
        return True
    try:
        return ipaddress.ip_address(name.split("%")[0]).is_loopback
    except ValueError:
        return False
