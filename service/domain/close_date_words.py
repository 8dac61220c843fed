"""A close date as a person reads it, line by line; and what it goes by, in words."""

from collections.abc import Iterator, Mapping
from datetime import tzinfo

from service.domain.close_date import RULE, CloseDate, CloseDateConvention
from service.domain.explain import ExplainedClause
from service.domain.report import labelled_line
from service.domain.wording import ANSWERS, listing, value_words

CONVENTIONS: Mapping[CloseDateConvention, str] = {
    CloseDateConvention.SIGNING_DAY: "by the day on which it should be signed",
    CloseDateConvention.END_OF_THE_MONTH: "the last day of the closing month, for a compelling event",
    CloseDateConvention.FOLLOWING_MONTH: "the first day of the month after, without a compelling event",
}


def close_date_words(found: CloseDate, zone: tzinfo) -> str:
    """Everything there is to say of a close date: lines of text, without a last line end."""
    return "\n".join(_lines(found, zone))


def standing_of(found: CloseDate, zone: tzinfo) -> str:
    """Whether it may be left so, in a sentence; nothing where there is nothing to say of it."""
    until = "" if found.stands_until is None else f"{found.stands_until.astimezone(zone):%Y-%m-%d %H:%M}"
    if found.close_date is None:
        return ""
    if found.stands is None:
        return "Whether it may still be left so is not known."
    if not found.stands:
        return f"It may not be left so since {until}." if until else "It may not be left so."
    return f"It may be left so until {until}." if until else ""


def _lines(found: CloseDate, zone: tzinfo) -> Iterator[str]:
    said = "not known" if found.close_date is None else str(found.close_date)
    goes_by = "" if found.convention is None else f", {CONVENTIONS[found.convention]}"
    yield f"Close date {said}{goes_by}   {RULE}"
    if standing := standing_of(found, zone):
        yield labelled_line("Stands", standing)
    if found.missing_facts:
        yield labelled_line("Missing", listing(found.missing_facts))
    for clause in found.explanation:
        yield f"  {ANSWERS[clause.outcome]:<9}{clause.title}  {_facts(clause)}"
        if clause.citation is not None:
            yield f"           Handbook: {clause.citation.heading}, {clause.citation.item}"
    yield from (labelled_line("To do", each.text) for each in found.actions)
    yield from (labelled_line("Advice", each.text) for each in found.advice)


def _facts(clause: ExplainedClause) -> str:
    return ", ".join(
        f"{fact} {'not known' if value is None else value_words(value)}" for fact, value in clause.facts.items()
    )
