"""Pages of the console at 1 million decisions: ``python -m bench.console --database sqlite``.

Fills a database, five decisions an account, signs in at a server over it, and asks for each page several times. Prints
the bytes of a page and how long its answer takes. None is to be over 100 kB, nor over 250 ms.
"""

import argparse
import re
import time
from contextlib import ExitStack

import httpx

from bench.audit import filled_url
from bench.filling import account_of
from bench.machine import describe
from bench.questions import AN_ACCOUNT
from bench.servers import KEY, server

_NUMBER = account_of(1234)
PAGES = (
    "/console",
    "/console/accounts",
    "/console/accounts?team=MMKAFO&status=final",
    "/console/accounts?missing_fact=lam_dev_count",
    f"/console/accounts?q=sample+{_NUMBER[:8]}",
    "/console/accounts?as_of=2025-07-01",
    "/console/accounts?on=2025-07-01&team=MMKAFO",
    f"/console/accounts/{_NUMBER}",
    f"/console/accounts/{_NUMBER}/history",
    "/console/decisions",
    "/console/decisions?moved=true",
    "/console/decisions?team=MMKAFO&leading_source=zoominfo",
    "/console/decisions?since=2025-06-01&until=2025-06-30",
    "/console/reviews",
    "/console/handoffs",
    "/console/try",
    "/console/policies",
    "/console/policies/fy23",
    "/console/operations",
    "/console/glossary",
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--database", choices=["sqlite", "postgresql"], default="sqlite")
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--times", type=int, default=15)
    parser.add_argument("--page", action="append", help="of these pages alone")
    parser.add_argument("--url", help="a database that is filled already")
    asked = parser.parse_args()
    print(describe())
    with ExitStack() as stack:
        url = asked.url or filled_url(stack, asked.database, asked.rows, AN_ACCOUNT)
        # The worker is apart: it would seal all that the database was filled with, beside the pages.
        apart = {"CHALKLINE_WORKER": "false"}
        port = stack.enter_context(server(url, module="service", settings=apart)).port
        client = stack.enter_context(httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=60))
        _sign_in(client)
        print(f"{'page':56}{'kB':>8}{'p50 ms':>10}{'most ms':>10}")
        for page in asked.page or PAGES:
            _measure(client, page, asked.times)


def _sign_in(client: httpx.Client) -> None:
    form = client.get("/console/sign-in").text
    hidden = dict(re.findall(r'name="([a-z_]+)" value="([^"]*)"', form))
    answer = client.post("/console/sign-in", data=hidden | {"key": KEY}, headers={"Origin": str(client.base_url)})
    if answer.status_code != httpx.codes.SEE_OTHER:
        raise SystemExit(f"Nobody could sign in: {answer.status_code}")


def _measure(client: httpx.Client, page: str, times: int) -> None:
    taken, size = [], 0
    for _ in range(times):
        began = time.perf_counter()
        answer = client.get(page)
        taken.append(1000 * (time.perf_counter() - began))
        if not answer.is_success:
            print(f"{page:56} {answer.status_code}")
            return
        size = len(answer.content)
    ordered = sorted(taken)
    print(f"{page:56}{size / 1000:8.1f}{ordered[len(ordered) // 2]:10.1f}{ordered[-1]:10.1f}", flush=True)


if __name__ == "__main__":
    main()
