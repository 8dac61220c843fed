"""Structured logging: one JSON object a line on standard output, without secrets, SQL or stack traces."""

import logging
import sys
from typing import Any, TypeAlias

import orjson
import structlog

Logger: TypeAlias = structlog.typing.FilteringBoundLogger


def configure_logs(level: str) -> None:
    """Log from ``level`` on. What libraries log goes the same way, an exception by its type and place alone."""
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True, key="at"),
            structlog.processors.JSONRenderer(serializer=lambda event, **_: orjson.dumps(event, default=str)),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level.upper()]),
        logger_factory=structlog.BytesLoggerFactory(sys.stdout.buffer),
        cache_logger_on_first_use=True,
    )
    handler = _ToStructlog()
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)
    for name in ("uvicorn", "uvicorn.error"):
        logger = logging.getLogger(name)
        logger.handlers.clear()
        logger.propagate = True
    for chatty in ("uvicorn.access", "alembic", "asyncio", "httpcore"):
        logging.getLogger(chatty).setLevel(logging.WARNING)


def logger() -> Logger:
    """The service's logger."""
    made: Logger = structlog.get_logger()
    return made


def fault(error: BaseException) -> dict[str, Any]:
    """What may be logged of an unexpected error: its type and where it was raised, never what it says."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    place = None if trace is None else f"{trace.tb_frame.f_code.co_qualname}:{trace.tb_lineno}"
    cause = error.__cause__ or error.__context__
    return {
        "error": type(error).__name__,
        "place": place,
        "cause": None if cause is None else type(cause).__name__,
    }


class _ToStructlog(logging.Handler):
    """Hands what libraries log to our logger."""

    def emit(self, record: logging.LogRecord) -> None:
        details: dict[str, Any] = {"logger": record.name}
        if record.exc_info and record.exc_info[1] is not None:
            details |= fault(record.exc_info[1])
            message = str(record.msg).splitlines()[0]
        else:
            message = record.getMessage()
        structlog.get_logger().log(record.levelno, message, **details)
