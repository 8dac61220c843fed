"""Forms with a file, as a browser sends them: ``multipart/form-data``."""

from dataclasses import replace
from email.message import Message

from fastapi import Request
from starlette.concurrency import run_in_threadpool

from service.entrypoints.common.payloads import payload_within
from service.entrypoints.common.problems import FieldError, ProblemError, invalid_request
from service.entrypoints.console.visitors import FORM_TOKEN, Acts, Needs, Visitor, check_origin, check_token

LARGEST_FILE = 5_000_000
_ROOM_OF_FIELDS = 64 * 1024
_MOST_PARTS = 50
_MULTIPART = "multipart/form-data"


class Uploads(Acts):
    """Somebody who may act, with the form that they sent, and the one file in it."""

    async def __call__(self, request: Request) -> Visitor:  # type: ignore[override]  # as a form
        """The visitor, with form and file.

        Raises:
            NotSignedInError: there is none.
            ProblemError: as of any form, or the file is too large.
        """
        visitor = await run_in_threadpool(Needs.__call__, self, request)
        check_origin(request)
        stated = _parameters(request.headers.get("content-type", ""))
        boundary = stated.get_boundary()
        if stated.get_content_type() != _MULTIPART or not boundary:
            raise ProblemError("unsupported_media_type", f"Send a form with a file, as {_MULTIPART}")
        body = await payload_within(request, LARGEST_FILE + _ROOM_OF_FIELDS)
        fields, file = _parts(body, boundary.encode("latin-1", "replace"))
        if len(file) > LARGEST_FILE:
            raise invalid_request([FieldError("file", f"A file has at most {LARGEST_FILE:,} bytes here")])
        check_token(request, fields.pop(FORM_TOKEN, ""))
        return replace(visitor, form=fields, file=file)


def _parameters(content_type: str) -> Message:
    message = Message()
    message["Content-Type"] = content_type
    return message


def _parts(body: bytes, boundary: bytes) -> tuple[dict[str, str], bytes]:
    """The fields, and the file, each of which stands once.

    Raises:
        ProblemError: they cannot be read.
    """
    fields: dict[str, str] = {}
    file = b""
    parts = (b"\r\n" + body).split(b"\r\n--" + boundary, _MOST_PARTS + 1)
    if len(parts) > _MOST_PARTS or not parts[-1].startswith(b"--"):
        raise _unreadable()
    for part in parts[1:-1]:
        head, gap, value = part.removeprefix(b"\r\n").partition(b"\r\n\r\n")
        named = Message()
        for line in head.decode("utf-8", "replace").split("\r\n"):
            name, _, said = line.partition(":")
            if name.strip().lower() == "content-disposition":
                named["Content-Disposition"] = said.strip()
        field = named.get_param("name", header="content-disposition")
        if not gap or not isinstance(field, str) or field in fields:
            raise _unreadable()
        if named.get_param("filename", header="content-disposition") is not None:
            file, fields[field] = value, ""
        else:
            fields[field] = value.decode("utf-8", "replace")
    return fields, file


def _unreadable() -> ProblemError:
    return invalid_request([FieldError("", "The form cannot be read")])
