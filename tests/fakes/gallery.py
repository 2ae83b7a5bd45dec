"""A web server with pictures, for the images of articles."""

from __future__ import annotations

import io
from functools import cache

from PIL import Image

from tests.fakes.server import Answer, FakeServer, Request

__all__ = ["Gallery", "picture"]


@cache
def picture(width: int = 64, height: int = 36) -> bytes:
    """A PNG of that size."""
    out = io.BytesIO()
    Image.new("RGB", (width, height), "teal").save(out, "PNG")
    return out.getvalue()


class Gallery(FakeServer):
    """Any path is a small picture, except what a script says."""

    def respond(self, request: Request) -> Answer:
        return Answer(200, picture(), {"Content-Type": "image/png"})
