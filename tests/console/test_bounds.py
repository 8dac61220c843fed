"""The bounds of sales work at the console: shown with their places, drafted in the same form, and told on the pages."""

from collections.abc import Iterator

import pytest

from tests.api import Api
from tests.console.test_policies import draft, parameters, sent, text
from tests.console.visiting import Person

POLICY = {"policy_id": "fy23-duties"}
NEW = "/console/policies/drafts/new?policy_id=fy23-duties"


@pytest.fixture(scope="module")
def editor(api: Api) -> Iterator[Person]:
    with Person(api) as found:
        yield found.sign_in("editor of bounds")


def test_the_policy_shows_each_bound_beside_the_question_that_it_bears_on(editor: Person) -> None:
    page = editor.get("/console/policies/fy23-duties")

    for rule in ("LEAD-1", "LEAD-3", "RANK-3", "CAL-1", "CAL-2", "CAL-3", "CAL-4"):
        assert f'id="{rule}"' in page
    assert "By which hour of that day it is due." in text(page)
    assert 'href="#CAL-3-update"' in page


def test_a_form_drafts_other_bounds_and_refuses_what_is_none_beside_its_field(editor: Person) -> None:
    form = parameters(editor.get(NEW))
    assert (form["update_weekday"], form["lead_minutes"]) == ("wed", "60")

    refused = draft(editor, **form | POLICY | {"update_weekday": "someday"})
    path = sent(draft(editor, **form | POLICY | {"update_weekday": "fri", "lead_minutes": "120"}))

    assert refused.status_code == 422
    assert 'id="update_weekday-fault"' in refused.text
    compared = text(editor.get(f"{path}/comparison?run=true"))
    assert "No account is decided otherwise; what is asked beside that is" in compared
    assert "Not more than 1 hour went by without a touch. After: Not more than 2 hours" in compared
    assert "none would have other duties" in text(editor.get(f"{path}/backtest?run=true"))


def test_pages_tell_the_bounds_that_hold(editor: Person) -> None:
    assert "within 1 hour of its assignment; a lead that is left alone for 14 days" in text(
        editor.get("/console/leads")
    )
    assert "An ASM joins at least 5 calls in any 7 days, and aims at 10 to 12" in text(
        editor.get("/console/co-selling")
    )
