"""Which representation a request accepts, of those that there are."""

from collections.abc import Sequence

import mimeparse
from fastapi import Request

from service.entrypoints.common.problems import ProblemError

JSON, CSV, NDJSON, TEXT = "application/json", "text/csv", "application/x-ndjson", "text/plain"
VARY = {"Vary": "Accept"}


def accepted(request: Request, what: str, offered: Sequence[str]) -> str:
    """The media type of those ``offered`` that the request likes best; the last of them where it is all the same.

    Raises:
        ProblemError: it takes none of them.
    """
    asked = request.headers.get("accept", "").lower() or "*/*"
    try:
        best: str = mimeparse.best_match(list(offered), asked)
    except mimeparse.MimeTypeParseException:
        best = ""
    if not best:
        *others, last = reversed(offered)
        raise ProblemError("not_acceptable", f"{what} as {', '.join(others)} or {last}", headers=VARY)
    return best
