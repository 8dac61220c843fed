"""A comparison of two policies as every entry point answers it."""

from dataclasses import asdict
from typing import Any

import orjson
from pydantic import TypeAdapter

from service.domain.facts import Facts
from service.domain.lab.compare import Comparison, Region
from service.domain.lab.compare_words import bounds_words, comparison_words, region_words
from service.domain.policy import Policy
from service.entrypoints.views.policies import before_and_after, reference

_FACTS = TypeAdapter(Facts)


def comparison_body(found: Comparison, before: Policy, after: Policy) -> dict[str, Any]:
    """Where two policies differ, each region with its witnesses."""
    return {
        "before": reference(before),
        "after": reference(after),
        "parameters": before_and_after(before.parameters, after.parameters),
        "reassigned": [_region(region) for region in found.reassigned],
        "regions": [_region(region) for region in found.regions],
        "words": comparison_words(found, every=True),
    }


def _region(region: Region) -> dict[str, Any]:
    return {
        "bounds": bounds_words(region.bounds),
        "words": region_words(region),
        "differences": [
            {
                "before": asdict(difference.before),
                "after": asdict(difference.after),
                "witness": orjson.Fragment(_FACTS.dump_json(difference.witness, exclude_none=True)),
            }
            for difference in region.differences
        ],
    }
