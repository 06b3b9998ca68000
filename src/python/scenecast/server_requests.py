"""Requests to the HTTP interface of a running server, see docs/http-api.md."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .executable import Executable, ScenecastError

if TYPE_CHECKING:
    import http.client


def get(server: Executable, path: str, timeout: float = 60.0) -> bytes:
    """
    The body of ``GET /path``.

    Args:
        timeout: s.
    Raises:
        ScenecastError: the server has ended, does not answer in time, or refuses with a message.
    """
    connection, token = _connect(server, timeout)
    try:
        connection.request("GET", "/" + path, headers={"Authorization": f"Bearer {token}"} if token else {})
        response = connection.getresponse()
        body = response.read()
    except Exception as error:  # OSError and http.client.HTTPException
        _raise_if_ending(server)
        raise ScenecastError(f"scenecast does not answer: {error}.") from None
    finally:
        connection.close()
    if response.status != 200:
        if response.status == 503:
            _raise_if_ending(server)
        raise ScenecastError(body.decode("utf-8", "replace").strip())
    return body


def get_json(server: Executable, path: str) -> Any:
    """The JSON value of ``GET /path``. Raises ScenecastError as :func:`get`."""
    import json

    return json.loads(get(server, path))


def _raise_if_ending(server: Executable) -> None:
    """A server that ends closes its connections first, and then prints why."""
    if server.wait(1.0):
        raise ScenecastError(f"scenecast has ended: {server.last_message}") from None


def _connect(server: Executable, timeout: float) -> "tuple[http.client.HTTPConnection, str]":
    import http.client
    from urllib.parse import parse_qs, urlsplit

    url = urlsplit(server.url)
    token = parse_qs(url.query).get("token", [""])[0]
    host = url.hostname or "localhost"
    if url.scheme == "http":
        return http.client.HTTPConnection(host, server.port, timeout=timeout), token
    import ssl

    # The certificate was given to the server by this process, and may be signed by itself.
    context = ssl._create_unverified_context()
    return http.client.HTTPSConnection(host, server.port, timeout=timeout, context=context), token
