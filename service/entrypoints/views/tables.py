"""What came of a whole table, as JSON has it, and as pages print it."""

from collections import Counter
from typing import Any

from service.crm.payloads import printable
from service.domain.review_queue import review_kind_words
from service.domain.rows import Group, Refusal, Remark, Summary
from service.entrypoints.common.tables.table_in import TableIn


def summary_document(summary: Summary, table: TableIn) -> dict[str, Any]:
    """What came of a table, as JSON has it."""
    accounts = Counter[Group]()
    for group, number in summary.groups.items():
        accounts[group._replace(missing_facts=(), current_team=None)] += number
    return {
        "decided": summary.decided,
        "rejected": summary.rejected,
        "recorded": summary.recorded,
        "on_record_already": summary.stood_already,
        "accounts": [
            {"team": group.team, "segment": group.segment, "region": group.region, "status": group.status, "rows": rows}
            for group, rows in sorted(accounts.items(), key=str)
        ],
        "matrix": [
            {"current_team": came, "team": to, "rows": rows}
            for (came, to), rows in sorted(summary.by_teams.items(), key=str)
        ],
        "provisional_by_missing_fact": dict(summary.provisional_by_missing_fact.most_common()),
        "unknown_values": unknown_values(summary),
        "rejected_for": [
            {"column": each.field, "reason": each.reason, "rows": each.rows, "first_row": each.places[0]}
            for each in refusals_in_order(summary)
        ],
        **input_document(table, summary),
    }


def check_document(summary: Summary, table: TableIn) -> dict[str, Any]:
    """What there is to know of a table before it is recorded, as JSON has it."""
    told = summary_document(summary, table)
    del told["recorded"], told["on_record_already"]
    return (
        {"rows": summary.decided + summary.rejected}
        | told
        | {
            "reviews": [
                kind._asdict() | {"words": review_kind_words(kind), "reviews": reviews}
                for kind, reviews in summary.reviews.most_common()
            ]
        }
    )


def input_document(table: TableIn, summary: Summary) -> dict[str, Any]:
    """What is said of the input, as JSON has it: its columns, and the options that would read more of its cells."""
    noted = table.noted
    return {
        "columns_understood": noted.understood,
        "unknown_columns": list(noted.unknown),
        "did_you_mean": {name: near for name, near in noted.unknown.items() if near is not None},
        "columns_not_used": list(noted.not_used),
        "columns_not_met": sorted(noted.not_met),
        "options": [
            {"option": option, "column": printable(column), "cells": cells}
            for (column, option), cells in summary.readable.most_common()
        ],
        "footer_lines": table.footer.length if table.footer is not None else 0,
        "passed_over": table.passed_over,
    }


def unknown_values(summary: Summary) -> list[dict[str, Any]]:
    """The values that the rules do not know, as JSON has them: where each stands first, and in how many rows."""
    return [
        {
            "column": remark.field,
            "value": printable(remark.value),
            "reason": remark.reason,
            "first_row": first,
            "rows": rows,
        }
        for remark, (first, rows) in remarks_in_order(summary)
    ]


def refusals_in_order(summary: Summary) -> list[Refusal]:
    """Why rows were rejected, in the order of the first row of each reason."""
    return sorted(summary.refusals.values(), key=lambda each: (each.places[0], str(each.field)))


def remarks_in_order(summary: Summary) -> list[tuple[Remark, tuple[int, int]]]:
    """The values that the rules do not know, in the order of the first row of each."""
    return sorted(summary.remarks.items(), key=lambda each: (each[1][0], each[0].field))
