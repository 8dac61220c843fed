"""An auditor at the console, in a real browser: saves the receipt of a decision, and verifies it, changed and not."""

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Console
from tests.browser.test_console import hold, signed_in

DROPPED = """([text, form]) => {
    const carried = new DataTransfer();
    carried.items.add(new File([text], "receipt.json"));
    form.dispatchEvent(new DragEvent("drop", { dataTransfer: carried, bubbles: true, cancelable: true }));
}"""


def saved(console: Console, page: Page) -> str:
    """The receipt of a decision, as its page gives it."""
    page.goto(console.world.path("decision"))
    with page.expect_download() as download:
        page.get_by_role("link", name="Save its receipt").click()
    assert download.value.suggested_filename == f"receipt-{console.world.decision['id']}.json"
    return Path(download.value.path()).read_text()


def look(page: Page, *, script: bool) -> None:
    """Everybody can use the page; without script, nothing can look whether they can."""
    if script:
        hold(page)


@pytest.mark.parametrize("script", [True, False], ids=["with script", "without"])
def test_a_receipt_is_saved_and_verified_and_one_that_was_changed_is_refused(console: Console, script: bool) -> None:  # noqa: FBT001 - whether there is
    context = console.opened(script=script)
    page = signed_in(console, context)
    receipt = saved(console, page)
    page.goto("/console/operations")
    page.get_by_role("link", name="Audit").click()
    page.get_by_role("link", name="Verify a receipt").click()

    if script:
        page.evaluate(DROPPED, [receipt, page.locator("[data-drops]").element_handle()])
    else:
        page.get_by_label("Or its text").fill(receipt)
        page.get_by_role("button", name="Verify").click()
    expect(page.get_by_role("heading", name="The receipt holds")).to_be_visible()
    look(page, script=script)

    page.get_by_label("Or its text").fill(receipt.replace('"stands":true', '"stands":false'))
    page.get_by_role("button", name="Verify").click()
    expect(page.get_by_role("heading", name="The receipt does not hold")).to_be_visible()
    expect(page.get_by_text("What is told of /stands")).to_be_visible()
    look(page, script=script)

    page.get_by_label("Or its text").fill(receipt)
    page.get_by_label("The ledger's public key").fill("no key")
    page.get_by_role("button", name="Verify").click()
    expect(page.locator("#key-fault")).to_be_visible()
    expect(page.get_by_label("Or its text")).to_have_value(receipt)
    look(page, script=script)
    context.close()
