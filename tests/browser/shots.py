"""Take the README's pictures of the console, of sample data: ``python -m tests.browser.shots docs/images``."""

import sys
from pathlib import Path
from typing import Any, Literal

from playwright.sync_api import sync_playwright

from tests.api import Api, serving
from tests.browser.conftest import Console
from tests.browser.test_console import signed_in
from tests.browser.visits import World
from tests.databases import SqliteDatabases, folder_for_a_while
from tests.prerequisites import find_chromium

PICTURES: dict[str, tuple[str, Literal["light", "dark"]]] = {
    "account": ("/console/accounts/sample-energy", "light"),
    "accounts": ("/console/accounts", "dark"),
    "review": ("/console/reviews/{review}", "light"),
    "try": (
        (
            "/console/try?region=EMEA&customer=false&first_order_available=true&crm_created_on=2021-06-01"
            "&zoominfo_employees=201-900&datafox_employees=12&datafox_gap=One+office+only."
        ),
        "dark",
    ),
}
"""The page of each picture, and the light that it is taken in."""
_WIDTH, _HEIGHT = 1280, 900
_SMALL: dict[str, Any] = {"df": 60, "li": 70}
_LARGE: dict[str, Any] = {"df": 2_500}
_MEDIUM: dict[str, Any] = {"max_family_employees": 936, "lam_dev_count": 44}


def main(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    with folder_for_a_while() as databases, SqliteDatabases(databases).fresh() as url, serving(url) as api:
        review = _record(api)
        key = api.key("sample-ae")["Authorization"].removeprefix("Bearer ")
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=find_chromium(), args=["--no-sandbox"])
            page = signed_in(Console(api, World({}, {}, {}), key, browser), browser.new_context(base_url=api.url))
            page.set_viewport_size({"width": _WIDTH, "height": _HEIGHT})
            for name, (path, light) in PICTURES.items():
                page.emulate_media(color_scheme=light, reduced_motion="reduce")
                page.goto(path.format(review=review))
                page.screenshot(path=folder / f"{name}.png")
            browser.close()


def _record(api: Api) -> str:
    """Record a few sample accounts; gives a review of one of them."""
    wrong = {"df": "Counts one office only."}
    for number, (name, stated) in enumerate(
        (
            ("Sample Foods", _SMALL),
            ("Sample Insurance", _LARGE),
            ("Sample Robotics", {"region": "EMEA", "df": "201-900", "zi": "400-600"}),
            ("Sample Shipping", {"region": "EMEA", "df": 640, "max_family_employees": 640}),
            ("Sample Schools", {"df": 320, "max_family_employees": 320, "lam_dev_count": 20}),
        ),
        start=1,
    ):
        api.classify(id=f"sample-{number}", name=name, **stated)
        api.clock.advance(minutes=7)
    pending: str = api.classify(id="sample-freight", name="Sample Freight", df=12, wrong=wrong)["review_id"]
    known: dict[str, Any] = {"id": "sample-energy", "name": "Sample Energy", "region": "EMEA", "wrong": wrong}
    api.classify(**known, df=12, zi=936, max_family_employees=480, lam_dev_count=44)
    api.clock.advance(days=1)
    api.classify(**known, df=12, zi=936, **_MEDIUM)
    api.clock.advance(hours=3)
    return pending


if __name__ == "__main__":
    main(Path(sys.argv[1]))
