"""The console in a real browser: what somebody does there, and that everybody can."""

from collections.abc import Iterator
from typing import Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import BrowserContext, Page, expect

from service.domain.keys import Scope
from tests.browser.conftest import Console
from tests.browser.visits import ACCOUNT, NAME, OPEN_PAGES, PAGES

SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
LOOKS = [(scheme, width) for width in (360, 1280) for scheme in SCHEMES]
NARROW = 360


def signed_in(console: Console, context: BrowserContext) -> Page:
    """A window in which somebody has signed in, at home."""
    page = context.new_page()
    page.goto("/console/sign-in")
    page.get_by_label("API key").fill(console.key)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("What waits")
    return page


@pytest.fixture(scope="module")
def reading(console: Console) -> Iterator[Page]:
    """A window in which somebody has signed in."""
    context = console.opened()
    yield signed_in(console, context)
    context.close()


def hold(page: Page) -> None:
    """Everybody can use a page, light and dark, on a small screen and a large one, and nothing goes off sideways."""
    axe = Axe()
    for scheme, width in LOOKS:
        page.emulate_media(color_scheme=scheme)
        page.set_viewport_size({"width": width, "height": 800})
        off = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        found = axe.run(page)
        assert off <= 0, (scheme, width)
        assert found.violations_count == 0, found.generate_report()
        axe = Axe(axe_script="0")  # the page has it by now


@pytest.mark.parametrize("name", PAGES)
def test_everybody_can_use_a_page(console: Console, reading: Page, name: str) -> None:
    said: list[str] = []
    reading.on("console", lambda message: said.append(message.text))

    reading.goto(console.world.path(name))

    hold(reading)
    assert [each for each in said if "Failed to load resource" not in each] == []  # a status is no fault of a page


@pytest.mark.parametrize("name", OPEN_PAGES)
def test_so_they_can_before_they_sign_in(console: Console, name: str) -> None:
    context = console.opened()
    page = context.new_page()

    page.goto(console.world.path(name, console.api.desk.make_link()))

    hold(page)
    context.close()


def explain(page: Page) -> None:
    """Find an account by a part of its name, and read why it is where it is."""
    page.get_by_role("searchbox", name="Find an account").fill("ple ener")
    page.get_by_role("searchbox", name="Find an account").press("Enter")
    page.get_by_role("link", name=NAME).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(NAME)
    expect(page.locator(".verdict")).to_contain_text("Mid-Market Territory owns it.")
    page.get_by_role("link", name="Classified").first.click()
    expect(page.get_by_text("3 · Enough employees: At least 500 employees in the family")).to_be_visible()
    expect(page.get_by_role("img", name="936; from 500 says yes")).to_be_visible()


@pytest.mark.parametrize("script", [True, False], ids=["with script", "without"])
@pytest.mark.parametrize("width", [NARROW, 1280])
def test_somebody_signs_in_finds_an_account_and_reads_why(console: Console, width: int, *, script: bool) -> None:
    context = console.opened(width=width, script=script)

    page = signed_in(console, context)
    explain(page)
    if width == NARROW:
        page.get_by_text("Menu").click()
    page.get_by_role("link", name="Accounts").click()
    if width == NARROW:
        page.get_by_text("Narrow down").click()
    page.get_by_role("link", name="Waits for a review 1").click()
    expect(page.get_by_role("link", name="Sample Freight")).to_be_visible()
    page.get_by_role("button", name="Sign out").click()

    expect(page.get_by_label("API key")).to_be_visible()
    context.close()


def test_the_keyboard_is_enough(console: Console) -> None:
    context = console.opened()
    page = context.new_page()
    page.goto("/console/sign-in")
    page.keyboard.type(console.key)  # the field has the focus
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("What waits")

    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the page")).to_be_focused()
    page.keyboard.press("/")
    expect(page.get_by_role("searchbox", name="Find an account")).to_be_focused()
    page.keyboard.type(ACCOUNT)
    page.keyboard.press("Enter")
    link = page.get_by_role("link", name=NAME)
    expect(link).to_be_visible()
    for _ in range(60):
        page.keyboard.press("Tab")
        if link.evaluate("each => each === document.activeElement"):
            break
    page.keyboard.press("Enter")

    expect(page.get_by_role("heading", level=1)).to_have_text(NAME)
    context.close()


def test_a_text_is_copied_at_a_click(console: Console) -> None:
    context = console.opened()
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    page = signed_in(console, context)
    page.goto(console.world.path("decision"))

    page.get_by_role("button", name="Copy the text").first.click()

    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()").startswith(f"Employee count of {NAME}, for review.")
    context.close()


def test_a_page_without_its_scope_says_which_one_it_needs(console: Console) -> None:
    context = console.opened()
    key = console.api.key("sample-hook", Scope.WEBHOOK)["Authorization"].removeprefix("Bearer ")
    page = context.new_page()
    page.goto("/console/sign-in")
    page.get_by_label("API key").fill(key)
    page.get_by_role("button", name="Sign in").click()

    expect(page.get_by_text("This needs an API key with the scope read")).to_be_visible()
    hold(page)
    context.close()


def test_the_link_of_the_first_start_makes_a_key_and_signs_in(console: Console) -> None:
    context = console.opened()
    page = context.new_page()
    page.goto(f"/console/first-key/{console.api.desk.make_link()}")
    page.get_by_label("Your name, under which you will act").fill("sample-first")
    page.get_by_role("button", name="Make the key and sign in").click()

    expect(page.get_by_role("heading", level=1)).to_have_text("Your key, shown now and never again")
    hold(page)
    page.get_by_role("link", name="Go on to what waits").click()
    expect(page.get_by_role("link", name="Signed in as sample-first")).to_be_visible()
    context.close()
