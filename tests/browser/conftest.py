from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from playwright.sync_api import Browser, BrowserContext, sync_playwright

from tests.api import Api, serving
from tests.browser.visits import World, world
from tests.databases import SqliteDatabases
from tests.prerequisites import NoBrowserError, find_chromium, skip


@dataclass(frozen=True, slots=True)
class Console:
    """The console of a running service, what it shows, and a key to sign in with."""

    api: Api
    world: World
    key: str
    browser: Browser

    def opened(self, *, width: int = 1280, script: bool = True) -> BrowserContext:
        """A window on it, in which nobody has signed in."""
        context = self.browser.new_context(
            base_url=self.api.url,
            viewport={"width": width, "height": 800},
            java_script_enabled=script,
            reduced_motion="reduce",  # colours that are on their way have a contrast of their own
        )
        context.set_default_timeout(60_000)  # on a busy machine, what computes apart is long in coming
        return context


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """One browser for all tests: its windows know nothing of each other.

    Playwright has a loop of its own running for as long as it is there, beside which no other test could run one.
    """
    try:
        executable = find_chromium()
    except NoBrowserError as error:
        skip("the console in a browser", error)
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=executable, args=["--no-sandbox"])
        yield launched
        launched.close()


@pytest.fixture(scope="package")
def console(browser: Browser, sqlite_databases: SqliteDatabases) -> Iterator[Console]:
    with sqlite_databases.fresh() as url, serving(url) as api:
        shown = world(api)
        key = api.key("sample-reader")["Authorization"].removeprefix("Bearer ")
        yield Console(api, shown, key, browser)
