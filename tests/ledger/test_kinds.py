"""Everything that somebody can tell the service is in one ledger, and opens to nobody who may not see it."""

from collections.abc import Iterator
from itertools import count
from typing import Any

import orjson
import pytest

from service.domain.keys import Scope
from service.domain.ledger.rebuilding import GoodExport, verify_export
from service.store.ledger.contents import CONTENTS
from tests.api import Api
from tests.entrypoints.test_api_disputes import dispute
from tests.entrypoints.test_api_leads import assign
from tests.entrypoints.test_api_people import SELLER, put
from tests.ledger.sealing import SIGNER, seal_all, sealed, sealer
from tests.releases.walk import walked

NDJSON = {"Accept": "application/x-ndjson"}
NEVER_IN_THE_LEDGER = (b"Sample AE", b"Sample Seller", b"The filing is the newest evidence", b"tester")

_NUMBERS = count()
pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("linted_once")]


@pytest.fixture(scope="module", params=["sqlite_databases", "postgres"])
def told(request: pytest.FixtureRequest) -> Iterator[Api]:
    """A service that was told everything, all of it sealed."""
    with request.getfixturevalue(request.param).fresh() as url, walked(url) as api:
        assert put(api, "seller").status_code == 201
        assert assign(api, "lead-1").status_code == 201
        assert dispute(api, "linkedin").status_code == 201
        seal_all(sealer(api.database))
        yield api


def exported(api: Api, *scopes: Scope) -> list[dict[str, Any]]:
    answer = api.http.get("/v1/audit/entries", headers=NDJSON | api.key(f"auditor {next(_NUMBERS)}", *scopes))
    lines = answer.content.splitlines()
    *_, found = verify_export(lines, [SIGNER.key])
    assert isinstance(found, GoodExport), found
    return [orjson.loads(line) for line in lines[:-1]]


def test_every_kind_of_record_is_sealed_and_agrees_with_what_is_on_record(told: Api) -> None:
    assert {each.kind for each in sealed(told.database)[1]} == set(CONTENTS)
    assert len(exported(told, Scope.AUDIT, Scope.CONDUCT)) >= len(sealed(told.database)[1])


def test_nothing_personal_stands_in_an_entry(told: Api) -> None:
    entries = [each.entry for each in sealed(told.database)[1]]
    whole = b"\n".join(entries)

    assert SELLER["name"] == "Sample Seller"
    assert not [each for each in NEVER_IN_THE_LEDGER if each in whole]
    assert max(map(len, entries)) < 3_000


def test_matters_of_conduct_open_to_those_alone_who_may_see_them(told: Api) -> None:
    def matters(lines: list[dict[str, Any]]) -> list[dict[str, Any]]:
        return [each["opened"] for each in lines if '"kind":"conduct_matter"' in each["entry"]]

    closed, opened = matters(exported(told, Scope.AUDIT)), matters(exported(told, Scope.AUDIT, Scope.CONDUCT))
    assert closed == [{}] * len(opened)
    assert opened
    assert all("account_executive" in each["/matter"]["value"] for each in opened)
