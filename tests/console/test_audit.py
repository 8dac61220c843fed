"""The ledger at the console: how far it is, receipts to save, acts of administration, and verifying a receipt."""

import json
import re
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from service.domain.keys import Scope
from service.domain.ledger.checkpoint import Checkpoint
from service.domain.ledger.notes import read_note_key
from service.domain.ledger.receipts import GoodReceipt, verify_receipt
from tests.api import Api, serving
from tests.browser.visits import HOSTILE
from tests.console.test_pages import statements
from tests.console.visiting import TOKEN, Person
from tests.ledger.sealing import OTHER_SIGNER, SIGNER, seal_all, sealer

AUDIT, VERIFY = "/console/audit", "/console/audit/verify"
OWN_KEY, OTHER_KEY = str(SIGNER.key), str(OTHER_SIGNER.key)
STAYS = "The ledger of this service still begins with the"


@pytest.fixture(scope="module")
def decision(api: Api) -> str:
    """A decision with hostile text, sealed with what else there is."""
    made = api.classify(id="acc-sealed", df=12, wrong={"df": HOSTILE}, zi=15, name=HOSTILE)
    seal_all(sealer(api.database))
    decision: str = made["id"]
    return decision


@pytest.fixture(scope="module")
def auditor(api: Api, decision: str) -> Iterator[Person]:
    del decision
    with Person(api) as found:
        yield found.sign_in("auditor", Scope.AUDIT, Scope.READ)


def receipt_path(decision: str) -> str:
    return f"{AUDIT}/decisions/{decision}/receipt"


@pytest.fixture(scope="module")
def receipt(auditor: Person, decision: str) -> dict[str, Any]:
    found: dict[str, Any] = auditor.http.get(receipt_path(decision)).json()
    return found


def text(page: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", page))


def send(person: Person, file: bytes = b"", **fields: str) -> httpx.Response:
    found = TOKEN.search(person.get(VERIFY))
    data = {"form_token": found[1] if found else "", "receipt": "", "key": "", **fields}
    return person.http.post(VERIFY, data=data, files={"file": ("receipt.json", file, "application/json")})


def told(person: Person, file: bytes = b"", **fields: str) -> str:
    answer = send(person, file, **fields)
    assert answer.status_code == 200, answer.text
    return text(Person.shown(answer)).partition("Another receipt")[0]


def test_a_decision_says_its_number_and_gives_its_receipt_to_save(
    api: Api, auditor: Person, decision: str, receipt: dict[str, Any]
) -> None:
    page = auditor.get(f"/console/decisions/{decision}")

    assert f'href="{receipt_path(decision)}" download' in page
    assert f"Entry {receipt['number']:,} · Save its receipt" in text(page)
    answer = auditor.http.get(receipt_path(decision))
    assert answer.headers["content-disposition"] == f'attachment; filename="receipt-{decision}.json"'
    assert answer.headers["content-type"] == "application/json"
    assert isinstance(verify_receipt(answer.content, [SIGNER.key]), GoodReceipt)
    assert answer.json() == api.get(f"/v1/audit/decisions/{decision}/receipt")


def test_without_the_scope_there_is_no_link_and_before_it_is_sealed_no_receipt(api: Api, auditor: Person) -> None:
    new = api.classify(id="acc-unsealed", df=640)["id"]
    with Person(api) as somebody:
        page = somebody.sign_in("only reads", Scope.READ).get(f"/console/decisions/{new}")
    assert AUDIT not in page

    assert "Not sealed yet: a worker seals it in a moment" in text(page)
    assert AUDIT not in auditor.get(f"/console/decisions/{new}")
    refused = auditor.http.get(receipt_path(new))
    assert (refused.status_code, refused.headers["retry-after"]) == (409, "2")
    seal_all(sealer(api.database))
    assert auditor.http.get(receipt_path(new)).status_code == 200


def test_the_ledger_is_told_with_what_to_note_down(api: Api, auditor: Person) -> None:
    seal_all(sealer(api.database))
    api.classify(id="acc-waits", df=640)
    checkpoint = api.http.get("/v1/audit/checkpoint").text
    size = int(checkpoint.split("\n")[1])

    page = auditor.get(AUDIT)

    assert f"{size} entries are sealed" in text(page)
    assert "1 recorded row waits to be sealed, the oldest for less than a minute." in text(page)
    assert checkpoint in page
    assert OWN_KEY in page
    assert read_note_key(OWN_KEY).name in page
    seal_all(sealer(api.database))
    assert "Nothing waits to be sealed." in auditor.get(AUDIT)


def test_before_anything_is_sealed_it_says_so(database_url: str) -> None:
    with serving(database_url) as api, Person(api) as somebody:
        page = text(somebody.sign_in("first").get(AUDIT))
        no_key = send(somebody, b"{}")

    assert "Nothing is sealed yet." in page
    assert no_key.status_code == 422
    assert "so there is no key of its own: give one" in no_key.text


def test_acts_are_told_by_page_and_narrowed_down(api: Api, auditor: Person) -> None:
    asked = {"name": "Sample", "url": "https://hooks.example.com/in"}
    made = [api.http.post("/v1/subscribers", json=asked).json()["id"] for _ in range(52)]
    narrowed = f"{AUDIT}?kind=subscriber_made&actor=tester"

    page = auditor.get(narrowed)
    older = re.search(r'href="([^"]+)">Older', page)

    assert page.count("Made a subscriber</td>") == 50
    assert older is not None
    rest = auditor.get(older[1])
    assert rest.count("Made a subscriber</td>") >= 2
    assert set(re.findall(r"id</bdi>:</span> <bdi>([^<]+)", page + rest)) >= set(made)
    assert "Newest</a>" in rest
    assert "No act fits" in auditor.get(f"{AUDIT}?actor=nobody")
    assert "Made a key</td>" in auditor.get(f"{AUDIT}?kind=key_made")
    assert auditor.http.get(f"{AUDIT}?kind=nothing").status_code == 422


def test_a_receipt_that_holds_is_told_in_sentences(auditor: Person, receipt: dict[str, Any]) -> None:
    written = json.dumps(receipt)

    for page in (told(auditor, written.encode()), told(auditor, receipt=json.dumps(receipt, indent=2))):
        assert "The receipt holds" in page
        assert f"Entry {receipt['number']} (decision {receipt['decision']['id']}" in page
        assert "Not sealed, and vouched for by nothing: /summary" in page
        assert STAYS in page
        assert "Checked with the key that this service says is its ledger's." in page
    assert "does not hold" not in page
    assert "chalkline verify receipt.json --key KEY" in auditor.get(VERIFY)


@pytest.mark.parametrize(
    ("tampered", "says"),
    [
        ({"number": 0}, "The tree that was signed does not have entry 0 as it is given."),
        ({"checkpoint": "nothing"}, "The checkpoint is not written as one."),
        ({"opened": {}}, "is not what was sealed."),
        ({"entry": "{}"}, "is not written as an entry."),
    ],
    ids=["number", "checkpoint", "nothing opened", "entry"],
)
def test_a_receipt_that_was_changed_does_not_hold(
    auditor: Person, receipt: dict[str, Any], tampered: dict[str, Any], says: str
) -> None:
    page = told(auditor, json.dumps(receipt | tampered).encode())

    assert "The receipt does not hold" in page
    assert says in page


def test_a_decision_that_was_changed_is_named(auditor: Person, receipt: dict[str, Any]) -> None:
    changed = receipt | {"decision": receipt["decision"] | {"team": "MMKAN"}}

    page = told(auditor, json.dumps(changed).encode())

    assert f"What is told of /team of entry {receipt['number']} is not what was sealed." in page
    assert "Rely on nothing in it." in page
    assert STAYS not in page


def test_a_given_key_decides_and_a_wrong_one_is_named_beside_its_field(
    auditor: Person, receipt: dict[str, Any]
) -> None:
    written = json.dumps(receipt)

    assert "The receipt holds" in told(auditor, receipt=written, key=f" {OWN_KEY}\n")
    other = told(auditor, receipt=written, key=OTHER_KEY)
    assert "The checkpoint is not signed with the key that was given." in other
    assert "which is not the one of this service's ledger" in other
    refused = send(auditor, receipt=written, key=f"{OWN_KEY}x")
    assert refused.status_code == 422
    assert 'id="key-fault"' in refused.text
    assert receipt["decision"]["id"] in refused.text
    nothing = send(auditor)
    assert (nothing.status_code, 'id="receipt-fault"' in nothing.text) == (422, True)


def test_a_receipt_of_another_ledger_holds_by_its_own_key_alone(auditor: Person, database_url: str) -> None:
    with serving(database_url) as other:
        decision = other.classify(id="acc-1", df=640)["id"]
        seal_all(sealer(other.database, OTHER_SIGNER))
        receipt = other.http.get(f"/v1/audit/decisions/{decision}/receipt").content

    assert "It is another ledger's" in told(auditor, receipt)
    kept = told(auditor, receipt, key=OTHER_KEY)
    assert "The receipt holds" in kept
    # It has the name of this service's ledger, and is not of it: as after somebody sealed all of it anew.
    assert "it was rewritten, or an older copy was put back. Keep this receipt" in kept


def test_hostile_receipts_are_text_and_break_nothing(auditor: Person, receipt: dict[str, Any]) -> None:
    nested = "[" * 1000 + "]" * 1000
    deep = json.dumps(receipt | {"decision": "DEEP", "opened": "DEEP"}).replace(
        '"DEEP"', '{"a":' * 400 + "1" + "}" * 400
    )
    names = {f"{HOSTILE}{number}": number for number in range(1000)}
    unsealed = json.dumps(receipt | {"decision": receipt["decision"] | names})
    opened = json.dumps(receipt | {"opened": {HOSTILE: {"salt": "\u0660", "value": HOSTILE}}})
    for file in (b"\xff\x00", b"null", b"{}", nested.encode(), deep.encode(), unsealed.encode(), opened.encode()):
        answer = send(auditor, file, receipt=HOSTILE, key="")
        assert answer.status_code == 200, file[:80]
        assert "<script>alert" not in answer.text
        assert "\u202e" not in answer.text
        assert len(answer.text) < 20_000
    refused = send(auditor, receipt=HOSTILE, key=HOSTILE)
    assert (refused.status_code, "<script>alert" in refused.text) == (422, False)
    page = auditor.get(f"/console/audit?actor={'%3Cscript%3E'}")
    assert "<script>\n" not in page


def test_a_receipt_is_taken_from_our_own_page_and_within_a_bound(auditor: Person) -> None:
    file = {"file": ("receipt.json", b"{}")}
    token = TOKEN.search(auditor.get(VERIFY))
    assert token is not None

    for data, headers in (({}, {}), ({"form_token": token[1]}, {"Sec-Fetch-Site": "cross-site"})):
        assert auditor.http.post(VERIFY, data=data, files=file, headers=headers).status_code == 403
    assert auditor.http.post(VERIFY, data={"form_token": token[1]}).status_code == 415
    assert send(auditor, b"x" * 5_000_001).status_code == 422
    assert send(auditor, b"x" * 5_200_000).status_code == 413


def test_verifying_asks_the_database_a_bounded_number_of_times(
    api: Api, auditor: Person, receipt: dict[str, Any]
) -> None:
    written = json.dumps(receipt).encode()
    send(auditor, written)

    assert statements(api, lambda: told(auditor, written)) <= 12


def test_a_checkpoint_of_now_is_one_that_opens(auditor: Person) -> None:
    from service.domain.ledger.checkpoint import open_checkpoint  # noqa: PLC0415 - as the page is read

    shown = re.search(r'<pre id="checkpoint"[^>]*>(.*?)</pre>', auditor.get(AUDIT), re.DOTALL)

    assert shown is not None
    assert isinstance(open_checkpoint(shown[1].encode(), [SIGNER.key]), Checkpoint)
