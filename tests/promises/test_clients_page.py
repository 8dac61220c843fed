"""What docs/how/clients.md names is there, and is answered as it says; ``make clients`` makes the clients as well."""

import json
import re

from tests.api import serving
from tests.clients import PAGE, PRINTED
from tests.databases import SqliteDatabases
from tests.published import published

(PYTHON,) = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
(TYPESCRIPT,) = re.findall(r"```ts\n(.*?)```", PAGE, re.DOTALL)


def test_the_clients_of_the_page_name_what_the_document_has() -> None:
    document = published().document
    (tag, operation), *_ = re.findall(r"from chalkline_client\.api\.(\w+) import (\w+)", PYTHON)
    (models,) = re.findall(r"from chalkline_client\.models import (.*)", PYTHON)
    (path,) = re.findall(r'client\.POST\("(.*?)"', TYPESCRIPT)

    said = document["paths"][path]["post"]
    assert (said["tags"], said["operationId"]) == ([tag.capitalize()], operation)
    assert set(models.split(", ")) <= set(document["components"]["schemas"])


def test_the_classification_of_the_page_is_answered_as_it_says(sqlite_databases: SqliteDatabases) -> None:
    (account,) = re.findall(r'"Account"\] = \{(.*?)\};', TYPESCRIPT, re.DOTALL)
    facts = {name: json.loads(value) for name, value in re.findall(r"(\w+): (.*),", account)}
    body = {"account": facts, "employee_counts": [{"source": "datafox", "employees": 640}]}

    with sqlite_databases.fresh() as url, serving(url) as api:
        decision = api.classify(body | {"effective_on": "2022-03-15"})

    assert f"{decision['team']} {decision['rule']} {decision['policy']['version']}" == PRINTED
