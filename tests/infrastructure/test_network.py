"""Tests cannot leave this machine, even by accident."""

import socket

import pytest

from tests.infrastructure.network import NetworkForbiddenError


@pytest.mark.parametrize("host", ["192.0.2.1", "2001:db8::1", "example.org"])
def test_a_connection_elsewhere_is_refused(host: str) -> None:
    with pytest.raises(NetworkForbiddenError, match=host):
        socket.create_connection((host, 80), timeout=1)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_a_connection_to_this_machine_is_made(host: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        socket.create_connection((host, server.getsockname()[1]), timeout=5).close()
