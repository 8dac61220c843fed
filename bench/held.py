"""Throughput while another process holds one account: ``python -m bench.held --seconds 14 --rounds 3``.

A service on PostgreSQL is asked for classifications of ever other accounts, in turns with nothing held, and with one
account held for the whole round, of which several callers ask all the time. Prints the answers a second and the ratio
in the median of the rounds; exits with 1 where the others keep less than is wanted.
"""

import argparse
import sys
import threading

import httpx
import psycopg

from bench.machine import describe, median
from bench.payloads import classification
from bench.servers import KEY, load, server
from service.store.recorder.postgres_connection import lock_number
from tests.databases import postgres_databases

_WANTED = 0.8
_ACCOUNTS_A_ROUND = 10_000_000
_HELD = classification(_ACCOUNTS_A_ROUND * 99)
_CALLERS = 4


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=14)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--connections", type=int, default=16)
    asked = parser.parse_args()
    print(describe())
    with postgres_databases() as databases, databases.fresh() as url, server(url, module="service") as running:

        def answered(first: int) -> float:
            report = load(
                running.port,
                "/v1/classifications",
                seconds=asked.seconds,
                connections=asked.connections,
                first=first,
                core=None,
            )
            return float(report["statuses"].get("201", 0) / report["seconds"])

        answered(0)
        ratios = []
        for turn in range(1, 2 * asked.rounds, 2):
            free = answered(turn * _ACCOUNTS_A_ROUND)
            with psycopg.connect(url) as holding:
                lock = lock_number("account", str(_HELD["account"]["id"]))
                holding.execute("SELECT pg_advisory_xact_lock(%s)", [lock])
                callers = [threading.Thread(target=_ask, args=(running.port,), daemon=True) for _ in range(_CALLERS)]
                for caller in callers:
                    caller.start()
                held = answered((turn + 1) * _ACCOUNTS_A_ROUND)
            for caller in callers:
                caller.join()
            ratios.append(held / free)
            print(f"nothing held {free:8.0f}/s   one account held {held:8.0f}/s   ratio {held / free:.2f}", flush=True)
    print(f"ratio in the median {median(ratios):.2f}; wanted at least {_WANTED}")
    sys.exit(median(ratios) < _WANTED)


def _ask(port: int) -> None:
    """Ask for the account that is held, until it is answered with something else than that it cannot be recorded."""
    with httpx.Client(headers={"Authorization": f"Bearer {KEY}"}, timeout=60) as http:
        while http.post(f"http://127.0.0.1:{port}/v1/classifications", json=_HELD).status_code != httpx.codes.CREATED:
            pass


if __name__ == "__main__":
    main()
