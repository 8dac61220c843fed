"""Structured logging: one JSON object a line on standard output, without secrets, SQL or stack traces."""

import logging
import sys
from datetime import UTC, datetime
from typing import Any

import orjson


def log(level: int, event: str, **details: object) -> None:
    """Log an event with what belongs to it: ``log(logging.INFO, "request", status=200)``."""
    logger = logging.getLogger("chalkline")
    if logger.isEnabledFor(level):
        # Made here, since the logger would look for the caller first, which no line tells.
        record = logging.LogRecord(logger.name, level, __file__, 0, event, None, None)
        record.details = details
        logger.handle(record)


def configure_logs(level: str) -> None:
    """Log from ``level`` on. What libraries log goes the same way, an exception by its type and place alone."""
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(_JsonLine())
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)
    for name in ("uvicorn", "uvicorn.error"):
        logger = logging.getLogger(name)
        logger.handlers.clear()
        logger.propagate = True
    for chatty in ("uvicorn.access", "alembic", "asyncio", "httpcore"):
        logging.getLogger(chatty).setLevel(logging.WARNING)


def fault(error: BaseException) -> dict[str, Any]:
    """What may be logged of an unexpected error: its type and where it was raised, never what it says."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    place = None if trace is None else f"{trace.tb_frame.f_code.co_qualname}:{trace.tb_lineno}"
    cause = error.__cause__ or error.__context__
    return {"error": type(error).__name__, "place": place, "cause": None if cause is None else type(cause).__name__}


class _JsonLine(logging.Formatter):
    """A line of JSON for each record, of ours or of a library."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {**getattr(record, "details", {"logger": record.name})}
        event = record.getMessage()
        if record.exc_info and record.exc_info[1] is not None:
            line |= fault(record.exc_info[1])
            event = str(record.msg).splitlines()[0]
        at = datetime.fromtimestamp(record.created, UTC)
        line |= {"event": event, "level": record.levelname.lower(), "at": at}
        return orjson.dumps(line, default=str, option=orjson.OPT_UTC_Z).decode()
