"""A post to Chatter as every entry point answers it."""

from datetime import datetime
from typing import Annotated

from pydantic import Field
from typing_extensions import TypedDict

from service.store.delivery.posts import Post


class ChatterPostBody(TypedDict):
    """A text that was posted to Chatter on the account."""

    post_id: Annotated[str, Field(description="Salesforce's identifier of it.")]
    posted_at: Annotated[datetime | None, Field(description="When Salesforce was known to have it.")]
    mark: Annotated[str, Field(description="Its last line, by which it is found there.")]
    text: Annotated[str, Field(description="What it says.")]


def render_chatter_post(post: Post) -> ChatterPostBody:
    """A post that is there."""
    return {"post_id": post.post_id or "", "posted_at": post.posted_at, "mark": post.mark, "text": post.text}
