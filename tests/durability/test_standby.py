import pytest

from service import wiring
from service.settings import Settings
from tests.api import eventually, serving
from tests.builders import request
from tests.databases import PostgresDatabases
from tests.durability.outages import own_postgres
from tests.durability.process import ServiceProcess
from tests.entrypoints.test_api_outages import read_only
from tests.prerequisites import or_skipped
from tests.problems import hold_problem
from tests.servers import BOOTSTRAP_KEY

pytestmark = pytest.mark.slow
WRITES = {
    "/v1/classifications": request(id="acc-2", df=640),
    "/v1/changeovers": {"on": "2022-05-01"},
    "/v1/subscribers": {"name": "x", "url": "https://127.0.0.1/"},
}


def test_a_service_on_a_standby_reads_and_says_that_nothing_can_be_written_until_it_is_promoted() -> None:
    with or_skipped(own_postgres()) as server, server.databases.fresh() as url, serving(url) as api:
        decision = api.classify(id="acc-1")
        with server.standby():
            eventually(lambda: api.http.get(f"/v1/decisions/{decision['id']}").status_code == 200)
            for path, body in WRITES.items():
                refused = hold_problem(api.http.post(path, json=body), 503, "store_unavailable")
                assert refused["detail"] == "The database takes no changes: it is read-only, or a standby"
            assert api.readyz_anew() == 503
            assert api.get(f"/v1/decisions/{decision['id']}") == decision
        eventually(lambda: api.readyz_anew() == 200)
        for path, body in WRITES.items():
            assert api.http.post(path, json=body).is_success


def test_a_service_starts_on_a_database_that_takes_no_changes_and_reads(postgres: PostgresDatabases) -> None:
    with postgres.fresh() as url:
        with wiring.opened_database(Settings(database_url=url)) as database:
            wiring.key_office(database).bootstrap(BOOTSTRAP_KEY)
        service = ServiceProcess(url)
        with read_only(url):
            try:
                service.start()
                assert [service.status(path) for path in ("/v1/policies", "/readyz")] == [200, 503]
            finally:
                service.end()
