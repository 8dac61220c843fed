"""Days as options of commands."""

from datetime import date

import typer

from service.crm.readings import BadValueError, day


def day_option(text: str | date) -> date:
    """The day that an option states.

    Raises:
        BadParameter: the text is no day.
    """
    # typer passes a default through its parser as well.
    if isinstance(text, date):
        return text
    try:
        return day(text)
    except BadValueError as error:
        raise typer.BadParameter(str(error)) from error
