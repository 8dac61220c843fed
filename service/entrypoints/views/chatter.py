"""A post to Chatter as every entry point answers it."""

from datetime import datetime
from typing import Annotated

from pydantic import Field
from typing_extensions import TypedDict

from service.delivery.chatter import marked
from service.store.delivery.posts import Post


class ChatterPostBody(TypedDict):
    """A text that was posted to Chatter on the account."""

    post_id: Annotated[str, Field(description="Salesforce's identifier of it.")]
    posted_at: Annotated[datetime, Field(description="When Salesforce was known to have it.")]
    text: Annotated[str, Field(description="What it says; the last line is our mark.")]


def render_chatter_post(post: Post) -> ChatterPostBody:
    """A post that is there."""
    posted_at, text = post.posted_at or post.began_at, marked(post.text, post.mark)
    return {"post_id": post.post_id or "", "posted_at": posted_at, "text": text}
