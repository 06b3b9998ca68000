"""Requests to the HTTP interface of a running server, see docs/http-api.md."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Dict, Optional

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
    return _request(server, "GET", path, None, {}, timeout)


def patch_json(server: Executable, path: str, patch: Any, timeout: float = 300.0) -> None:
    """Sends a JSON merge patch. Raises ScenecastError as :func:`get`, ValueError for NaN and infinite numbers."""
    import json

    body = json.dumps(patch, allow_nan=False).encode()
    _request(server, "PATCH", path, body, {"Content-Type": "application/merge-patch+json"}, timeout)


def _request(
    server: Executable, method: str, path: str, body: Optional[bytes], headers: Dict[str, str], timeout: float
) -> bytes:
    connection, token = _connect(server, timeout)
    if token:
        headers = {**headers, "Authorization": f"Bearer {token}"}
    try:
        connection.request(method, "/" + path, body=body, headers=headers)
        response = connection.getresponse()
        answer = response.read()
    except Exception as error:  # OSError and http.client.HTTPException
        _raise_if_ending(server)
        raise ScenecastError(f"scenecast does not answer: {error}.") from None
    finally:
        connection.close()
    if response.status != 200:
        if response.status == 503:
            _raise_if_ending(server)
        raise ScenecastError(answer.decode("utf-8", "replace").strip())
    return answer


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
