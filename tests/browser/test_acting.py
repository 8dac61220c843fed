"""What people do at the console, in a real browser: dispute and resolve, revise, answer several, hand over."""

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.api import serving
from tests.browser.conftest import Console
from tests.browser.test_console import signed_in
from tests.browser.visits import World
from tests.databases import SqliteDatabases
from tests.entrypoints.test_api_handoffs import NAMED_BY_HAND, won

REASON = "The filing of last year says so."
WRONG = {"df": "Counts one office only."}


@pytest.fixture(scope="module")
def console(browser: Browser, sqlite_databases: SqliteDatabases) -> Iterator[Console]:
    """A console of its own: what is done here changes what others count."""
    with sqlite_databases.fresh() as url, serving(url) as api:
        key = api.key("sample-both")["Authorization"].removeprefix("Bearer ")
        yield Console(api, World({}, {}, {}), key, browser)


@pytest.fixture(scope="module", params=[True, False], ids=["with script", "without"])
def acting(console: Console, request: pytest.FixtureRequest) -> Iterator[tuple[Page, str]]:
    """A window in which somebody has signed in, with script and without; and what tells its accounts from others."""
    context = console.opened(script=request.param)
    yield signed_in(console, context), "a" if request.param else "b"
    context.close()


def test_somebody_disputes_an_account_and_the_vp_resolves_and_revises_it(
    console: Console, acting: tuple[Page, str]
) -> None:
    page, which = acting
    account = f"browser-dispute-{which}"
    console.api.classify(id=account, name="Sample Dispute", df=640, max_family_employees=640)
    page.goto(f"/console/accounts/{account}")
    page.get_by_role("link", name="Dispute its segment").click()
    page.get_by_label("Reason").fill("short")
    page.get_by_text("LinkedIn", exact=True).click()
    page.locator("[id='linkedin.employees']").fill("70")
    page.get_by_role("button", name="Open the dispute").click()
    expect(page.get_by_role("alert")).to_contain_text("Nothing was recorded.")
    expect(page.locator("[id='linkedin.employees']")).to_have_value("70")
    page.get_by_label("Reason").fill(REASON)
    page.get_by_role("button", name="Open the dispute").click()

    expect(page.get_by_role("heading", level=1)).to_have_text("Dispute: Sample Dispute")
    expect(page.locator(".verdict")).to_contain_text("Key Accounts First Order owns it.")
    page.get_by_label("SMB: it goes to SMB, final.").check()
    page.get_by_label("Reason").fill(REASON)
    page.get_by_role("button", name="Resolve the review").click()
    expect(page.locator(".verdict")).to_have_text("SMB: it goes to SMB, final.")

    page.get_by_label("Mid-Market: it goes to").check()
    page.get_by_label("Reason").fill("The filing was of another firm.")
    page.get_by_role("button", name="Revise the review").click()
    expect(page.locator(".verdict")).to_contain_text("Mid-Market: it goes to Key Accounts First Order")
    expect(page.get_by_role("link", name="SMB: it goes to SMB, final.")).to_be_visible()


def test_a_discovery_is_said_before_it_is_recorded(console: Console, acting: tuple[Page, str]) -> None:
    page, which = acting
    account = f"browser-found-{which}"
    console.api.classify(id=account, name="Sample Discovery", df=640, max_family_employees=640)
    page.goto(f"/console/accounts/{account}/discovery")
    page.get_by_label("Discovered by").fill("Sample AE")
    page.locator("#employees").fill("430")
    page.locator("#potential_users").fill("60")
    page.get_by_role("button", name="Say what it would do").click()
    said = page.locator(".said .verdict").inner_text()
    assert said.startswith("It goes to Mid-Market Territory")

    page.get_by_role("button", name="Record the discovery").click()

    expect(page.get_by_role("heading", level=1)).to_have_text("The discovery is recorded")
    expect(page.locator(".verdict")).to_have_text(said)


def fill(page: Page, item: str) -> None:
    """Fill in what shows that an item is done."""
    evidence: Any = NAMED_BY_HAND[item]
    page.locator(f"#{item} summary").click()
    for name, value in evidence.items():
        field = page.locator(f"[id='{item}.tick.{name}']")
        if field.evaluate("each => each.tagName") == "SELECT":
            field.select_option({True: "yes", False: "no"}.get(value, value))
        else:
            field.fill("\n".join(value) if isinstance(value, list) else value)
    page.locator(f"#{item}").get_by_role("button", name="Tick it").click()
    expect(page.locator(f"#{item} .mark.yes")).to_be_visible()


def test_a_handoff_is_completed_item_by_item(console: Console, acting: tuple[Page, str]) -> None:
    page, which = acting
    handoff = won(console.api, f"browser-handoff-{which}")
    items = list(NAMED_BY_HAND)
    if which == "a":  # one way through all of them is enough
        for item in items[:-2]:
            evidence = {"evidence": NAMED_BY_HAND[item]}
            assert console.api.http.put(f"/v1/handoffs/{handoff['id']}/items/{item}", json=evidence).status_code == 200
        items = items[-2:]
    page.goto(f"/console/handoffs/{handoff['id']}")

    for item in items:
        fill(page, item)

    expect(page.locator(".verdict")).to_have_text("Key Accounts Named owns it: every required item is ticked.")


def test_several_reviews_are_answered_by_the_keyboard_alone(console: Console) -> None:
    names = [f"Sample Several {number}" for number in range(2)]
    for name in names:
        console.api.classify(id=name.lower().replace(" ", "-"), name=name, df=12, wrong=WRONG)
    context = console.opened()
    page = signed_in(console, context)
    page.goto("/console/reviews?kind=size&blocking=true")

    for name in names:
        box = page.get_by_role("checkbox", name=f"Answer {name}")
        box.focus()
        page.keyboard.press("Space")
        expect(box).to_be_checked()
    page.get_by_label("Segment", exact=True).focus()
    page.keyboard.type("Mid")
    page.keyboard.press("Tab")
    page.keyboard.type(REASON)
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")

    expect(page.get_by_role("heading", level=1)).to_have_text("What became of each review")
    expect(page.get_by_text("2 were resolved.")).to_be_visible()
    context.close()
