"""Callers that leave before what they asked for began: it is not recorded behind their backs."""

import json
import socket
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from tests.api import Api, eventually
from tests.builders import request
from tests.store.holding import database_held


def test_what_a_caller_asked_who_left_before_it_began_is_not_recorded(
    fresh_api: Api, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("service.entrypoints.api.recording._LISTENS_AFTER", 0.01)
    api, recorder = fresh_api, fresh_api.database.recorder
    body = json.dumps(request(id="gone")).encode()
    key = api.http.headers["Authorization"]
    head = f"POST /v1/classifications HTTP/1.1\r\nHost: x\r\nAuthorization: {key}\r\nContent-Length: {len(body)}\r\n"
    address = httpx.URL(api.url)

    with ThreadPoolExecutor(1) as another, database_held(database_url):
        first = another.submit(api.http.post, "/v1/classifications", json=request(id="stays"))
        eventually(lambda: recorder._size == 1)  # noqa: SLF001 - what waits shows nowhere else
        with socket.create_connection((address.host, address.port or 80)) as leaving:
            leaving.sendall(head.encode() + b"Content-Type: application/json\r\n\r\n" + body)
            eventually(lambda: recorder._size == 2)  # noqa: SLF001 - as above
        eventually(lambda: recorder._size == 1)  # noqa: SLF001 - as above

    assert first.result().status_code == httpx.codes.CREATED
    assert api.http.get("/v1/accounts/stays").status_code == httpx.codes.OK
    assert api.http.get("/v1/accounts/gone").status_code == httpx.codes.NOT_FOUND
