"""The words of opportunity duties, and the names of the facts that their expressions speak of."""

from enum import StrEnum

from service.domain.clauses import Choice, Flag, Quantity


class DutyCode(StrEnum):
    """The duties of an opportunity, in the order in which they are told."""

    CUSTOM_DECK = "custom_deck"
    OPPORTUNITY_OVERVIEW = "opportunity_overview"
    FULL_COMMAND_PLAN = "full_command_plan"
    OPPORTUNITY_CONSULT = "opportunity_consult"
    DEAL_REVIEW = "deal_review"
    RED_GREEN_REVIEW = "red_green_review"
    NEXT_STEPS = "next_steps"


DUTY_NAMES = {
    DutyCode.CUSTOM_DECK: "Custom deck",
    DutyCode.OPPORTUNITY_OVERVIEW: "Overview and close plan",
    DutyCode.FULL_COMMAND_PLAN: "Full command plan",
    DutyCode.OPPORTUNITY_CONSULT: "Opportunity consult",
    DutyCode.DEAL_REVIEW: "Lightweight deal review",
    DutyCode.RED_GREEN_REVIEW: "Red/green review",
    DutyCode.NEXT_STEPS: "Next steps",
}
"""What texts call each duty."""

segment = Choice("segment")
closed = Flag("closed")
"""Its stage says that it is won or lost. Without a stage it is open, as who asks for its duties takes it to be."""
amount = Quantity("amount")
net_arr = Quantity("net_arr")
months_to_close = Quantity("months_to_close")
"""How many months of the calendar lie between the day in question and the forecast close: 0 is this month."""
could_close = Flag("could_close")
"""It could close in this month, as somebody says."""
channel_managed = Flag("channel_managed")
titled_channel_managed = Flag("titled_channel_managed")
deck_linked = Flag("deck_linked")
first_meeting = Flag("first_meeting")
"""The day is that of the month's first red/green meeting."""
next_steps = Flag("next_steps")
next_steps_owner = Flag("next_steps_owner")
days_to_next_step = Quantity("days_to_next_step")
next_steps_dated = Flag("next_steps_dated")
"""The text of the next steps has dates or a history in it."""

STATED_AS = {
    closed.name: "stage",
    months_to_close.name: "close_on",
    titled_channel_managed.name: "title",
    deck_linked.name: "deck_url",
    days_to_next_step.name: "next_step_on",
    next_steps_dated.name: "next_steps",
}
"""The field that states a fact, where that has another name."""


def shown(code: DutyCode, item: str) -> Flag:
    """That the evidence shows an item of a duty."""
    return Flag(f"evidence.{code}.{item}")
