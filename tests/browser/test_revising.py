"""What somebody does in a real browser beside reading: tries, revises a policy, sees to keys."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.api import serving
from tests.browser.conftest import Console
from tests.browser.test_console import hold, signed_in
from tests.browser.visits import World
from tests.databases import SqliteDatabases

TABLE = b"""id,name,region,customer,first_order_available,crm_created_on,current_team,datafox_employees
acc-1,Sample One,NORAM,no,yes,2021-06-01,SMB,12
acc-2,Sample Two,NORAM,no,yes,2021-06-01,SMB,500
acc-3,Sample Three,NORAM,no,yes,2021-06-01,SMB,many
"""


@pytest.fixture(scope="module")
def acting(browser: Browser, sqlite_databases: SqliteDatabases) -> Iterator[Console]:
    """A service with its background at work, of which the tests may change what they like."""
    with sqlite_databases.fresh() as url, serving(url, at_work=True) as api:
        decision = api.classify(id="acc-acts", name="Sample Mover", df=600, max_family_employees=600, lam_dev_count=10)
        key = api.key("sample-editor")["Authorization"].removeprefix("Bearer ")
        yield Console(api, World(decision, decision, {}), key, browser)


@pytest.fixture
def page(acting: Console) -> Iterator[Page]:
    context = acting.opened()
    yield signed_in(acting, context)
    context.close()


def test_a_case_is_decided_again_as_one_types(page: Page) -> None:
    page.goto("/console/try?region=NORAM&customer=false&first_order_available=true&crm_created_on=2021-06-01")

    page.get_by_label("Employees by Datafox").fill("12")

    expect(page.locator("#result .verdict")).to_contain_text("SMB would own it.")
    expect(page).to_have_url(re.compile("datafox_employees=12"))
    page.get_by_label("Employees by Datafox").fill("many")
    expect(page.locator("#result")).to_contain_text("It cannot be decided so")


def test_a_case_is_decided_without_script(acting: Console) -> None:
    context = acting.opened(script=False)
    page = signed_in(acting, context)
    page.goto("/console/try?region=NORAM&customer=false&first_order_available=true&crm_created_on=2021-06-01")

    page.get_by_label("Employees by Datafox").fill("12")
    page.get_by_role("button", name="Decide").click()

    expect(page.locator("#result .verdict")).to_contain_text("SMB would own it.")
    context.close()


def test_a_table_that_is_dropped_is_looked_through(page: Page) -> None:
    page.goto("/console/try")
    dropped = page.evaluate_handle(
        """text => {
            const data = new DataTransfer();
            data.items.add(new File([text], "accounts.csv", { type: "text/csv" }));
            return data;
        }""",
        TABLE.decode(),
    )

    page.set_default_timeout(60_000)  # what decides tables is loaded
    page.dispatch_event("[data-drops]", "drop", {"dataTransfer": dropped})

    expect(page.locator(".verdict")).to_contain_text("3 rows: 2 decided, 1 rejected.", timeout=60_000)
    hold(page)


def test_a_revision_is_drafted_tried_published_and_applied(page: Page) -> None:
    page.goto("/console/policies")
    page.get_by_role("link", name="Draft a revision").click()
    page.get_by_label("From how many employees First Order owns it.").fill("900")
    page.get_by_label("Decides for days from").fill("2026-01-05")
    page.get_by_label("Why, for whoever looks at it later").fill("Fewer accounts fit the team.")
    page.get_by_role("button", name="Make the draft").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Draft of fy23 revision 2")
    draft = page.url

    page.get_by_role("link", name="What it makes of what is on record").click()
    cell = page.get_by_role("link", name="1 from Key Accounts First Order to Mid-Market Territory")
    expect(cell).to_be_visible(timeout=60_000)
    cell.click()
    expect(page.get_by_role("link", name="Sample Mover")).to_be_visible(timeout=60_000)

    page.goto(draft)
    page.get_by_role("link", name="Publish it").click()
    page.get_by_role("button", name="Publish it for good").click()
    expect(page.locator(".pill")).to_have_text("Published as revision 2")

    page.goto("/console/policies/fy23")
    page.get_by_text("Apply the newest revision").click()
    page.get_by_role("button", name="Dry run").click()
    expect(page.locator(".verdict")).to_contain_text("1 account decided anew, 1 would move", timeout=20_000)
    page.get_by_role("button", name="Apply the revision").click()
    expect(page.locator(".verdict")).to_contain_text("1 account decided anew, 1 moved", timeout=20_000)
    expect(page.get_by_text("it ended")).to_be_visible(timeout=20_000)


def test_a_key_is_made_and_revoked(page: Page) -> None:
    page.goto("/console/keys")
    page.get_by_role("textbox", name="Name").fill("sample-made")
    page.get_by_label("read look at accounts").check()
    page.get_by_role("button", name="Make the key").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("The new key, shown now and never again")
    hold(page)

    page.get_by_role("link", name="All keys").click()
    page.get_by_role("link", name="sample-made").click()
    page.get_by_text("Revoke it").click()
    page.get_by_label("It is meant to work no more").check()
    page.get_by_role("button", name="Revoke the key").click()

    expect(page.locator(".verdict")).to_contain_text("Revoked")
