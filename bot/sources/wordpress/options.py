"""The keys of a WordPress source."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field, SecretStr, model_validator

from bot.extract.orders import OverrideKeys
from bot.ports.source import SourceOptions
from bot.sources.wordpress.api import site_of

__all__ = ["WordPressOptions"]

TypeName = Annotated[str, Field(pattern=r"^[\w-]+$")]


class WordPressOptions(SourceOptions):
    """A `[sources.<id>]` table of `kind = "wordpress"`."""

    optional_secrets: ClassVar[frozenset[str]] = frozenset({"hook_secret", "application_password"})

    told_by_desk: ClassVar[bool] = True

    kind: Literal["wordpress"]
    url: Annotated[str, Field(pattern=r"^https?://\S+$", examples=["https://example.org/"])]
    types: Annotated[tuple[TypeName, ...], Field(min_length=1)] = ("posts",)
    per_page: int = Field(default=20, ge=1, le=100)
    username: str = ""
    application_password: SecretStr = SecretStr("")
    overrides: OverrideKeys = OverrideKeys()

    @model_validator(mode="after")
    def _password_is_safe(self) -> WordPressOptions:
        if self.application_password.get_secret_value():
            if not self.username:
                raise ValueError("`username` is missing: whose application password is it?")
            if not self.url.startswith("https://") and not self.allow_private:
                raise ValueError("`url` must begin with https:// where there is an application password")
        return self

    def instead(self) -> Mapping[str, Any]:
        """What to read where the API does not answer: the site's feed."""
        site = site_of(self.url)[0]
        return {"kind": "feed", "url": f"{site}/feed/", "allow_private": self.allow_private}

    def orders(self) -> bool:
        """Whoever names the fields that hold back uses them, though no answer may have shown one yet."""
        return not self.overrides.model_fields_set.isdisjoint({"skip", "embargo"})
