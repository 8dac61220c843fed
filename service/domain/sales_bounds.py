"""The bounds of sales work beside duties: of leads, ranks, close dates, the forecast calendar and co-selling calls."""

from dataclasses import dataclass
from typing import Annotated

from pydantic import Field

from service.domain.calendar import Weekday


@dataclass(frozen=True, kw_only=True)
class SalesBounds:
    """The bounds that a revision may change; each has the handbook's value.

    The meeting day is one that every month has, and that has a work day on or before it in the same month.
    """

    lead_minutes: Annotated[
        int, Field(ge=1, le=44_640, description="Within how many minutes of its assignment an MQL is reached.")
    ] = 60
    lead_days_alone: Annotated[
        int, Field(ge=0, le=366, description="After how many days without a touch the AE may reach out to a lead.")
    ] = 14
    top_places: Annotated[
        int, Field(ge=1, le=1_000, description="How many SMB accounts of an account executive may have rank 1.")
    ] = 10
    meeting_day: Annotated[
        int, Field(ge=3, le=28, description="The day of the month of the first red/green meeting.")
    ] = 15
    last_work_days: Annotated[
        int, Field(ge=1, le=23, description="On how many last work days of a month there are such meetings.")
    ] = 5
    update_weekday: Annotated[Weekday, Field(description="The day of the week of the forecast update.")] = Weekday.WED
    update_hour: Annotated[int, Field(ge=0, le=23, description="By which hour of that day it is due.")] = 17
    close_date_hours: Annotated[
        int, Field(ge=1, le=8_784, description="For how many hours the first day of a month may be a close date.")
    ] = 48
    close_date_window_days: Annotated[
        int, Field(ge=1, le=366, description="Of about how many days such a close date speaks.")
    ] = 60
    co_selling_days: Annotated[
        int, Field(ge=1, le=366, description="On how many days in a row co-selling calls are counted.")
    ] = 7
    co_selling_fewest: Annotated[int, Field(ge=1, le=10_000, description="How many of them an ASM joins at least.")] = 5
    co_selling_aim: Annotated[int, Field(ge=1, le=10_000, description="From how many on the aim is met.")] = 10
    co_selling_aim_most: Annotated[int, Field(ge=1, le=10_000, description="How many are aimed at, at most.")] = 12
