"""One Bluesky account: each record at an address of our own, created only if nothing stands there."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, ClassVar, Literal

from pydantic import Field, SecretStr

from bot.domain.allowance import Allowance
from bot.domain.errors import Ambiguous, PlatformError, Rejected, Throttled, Unauthorized, Unavailable
from bot.domain.limits import ImageLimits, Limits, Measure
from bot.domain.post import Accepted, Addressed, Identity, Image, OwnPost, Post, Prepared, Ref, Replay
from bot.domain.text import graphemes, utf8_bytes
from bot.http import send
from bot.media.images import Shrunk
from bot.media.obtain import obtain
from bot.platforms.bluesky.record import (
    COLLECTION,
    card_embed,
    handles,
    images_embed,
    links,
    record,
    reply,
    tid,
)
from bot.ports.platform import AccountOptions, Question, Wiring

__all__ = ["BlueskyOptions", "Connector"]

TYPES = ("image/jpeg", "image/png", "image/webp")
THUMB = ImageLimits(1, 1_000_000, TYPES, side=1_200)
"""app.bsky.embed.external: maxSize of `thumb` (read 2026-11-23); the side is what the app shows at most."""
ADDRESS_SLASHES = 4  # at://did/collection/rkey
PAGE = 100
PAGES = 10


class BlueskyOptions(AccountOptions):
    """`[accounts.<id>]` with `platform = "bluesky"`. `identifier` is the handle, or the e-mail address."""

    platform: Literal["bluesky"]
    base_url: str = Field(default="https://bsky.social", pattern=r"^https?://[^/]")
    identifier: str = ""
    app_password: SecretStr = SecretStr("")


class Connector:
    """One account.

    Limits: lexicons app.bsky.feed.post and app.bsky.embed.images of github.com/bluesky-social/atproto
    (read 2026-11-23); the length of descriptions is the app's, the lexicon has none.
    """

    Options: ClassVar[type[AccountOptions]] = BlueskyOptions
    default_limits: ClassVar[Limits] = Limits(
        text=(Measure("graphemes", graphemes, 300), Measure("bytes", utf8_bytes, 3_000)),
        images=ImageLimits(4, 2_000_000, TYPES, side=2_000),
        alt=2_000,
        card="client",
        thread=True,
        languages=True,
    )

    def __init__(self, options: BlueskyOptions, wiring: Wiring) -> None:
        from bot.platforms.bluesky.client import Caller

        self._options = options
        self._wiring = wiring
        self._caller = Caller(
            options.base_url.rstrip("/"),
            options.identifier.removeprefix("@"),
            options.app_password.get_secret_value(),
            wiring.vault,
            wiring.user_agent,
        )
        self.limits = self.default_limits
        self.replay: tuple[Replay, ...] = (Addressed(),)

    def check(self) -> Identity:
        me = self._caller.query("com.atproto.server.getSession")
        if not me.get("handle") or not me.get("did"):
            raise Unavailable("the server did not say whose the session is")
        if me.get("active") is False:
            raise Unauthorized(f"the account is not active: {me.get('status') or 'no reason given'}")
        return Identity(f"@{me['handle']}", id=me["did"], url=f"https://bsky.app/profile/{me['handle']}")

    def authorize(self) -> Generator[Question, str, dict[str, str]]:
        """An app password, tried by a log-in.

        Raises:
            PlatformError: it was refused, or the server could not be asked.
        """
        if not self._options.identifier:
            raise Rejected("`identifier` is missing: write the account's handle into its table first")
        who, page = self._options.identifier, "Settings, Privacy and security, App passwords"
        given = yield Question(
            f"In the Bluesky app, logged in as {who}, make one under {page}, and paste it", secret=True
        )
        password = given.strip()
        options = self._options.model_copy(update={"app_password": SecretStr(password)})
        Connector(options, self._wiring).check()
        return {"app_password": password}

    def prepare(self, post: Post, ref: Ref | None) -> Prepared:  # noqa: ARG002 # never pending
        """Upload the pictures and build the records.

        Where images are optional, one that fails is left out and noted; a card goes without its picture.
        """
        did, notes = self._caller.did(), list[str]()
        embed = self._images(post.images, notes) or self._card(post, notes)
        dids = self._resolve(handles("\n".join(post.parts)), notes)
        records = [
            record(
                text,
                post.at + timedelta(milliseconds=part),  # in order for whoever sorts by it
                lang=post.lang,
                embed=None if part else embed,
                dids=dids,
            )
            for part, text in enumerate(post.parts)
        ]
        return Prepared(
            tuple({"repo": did, "collection": COLLECTION, "record": each} for each in records), tuple(notes)
        )

    def publish(self, prepared: Prepared, part: int, key: str, reply_to: Ref | None) -> Accepted:
        """Create the record at our address; if it stands there already, that is what was wanted.

        putRecord with `swapRecord: null` is refused with InvalidSwap where a record stands; the same call
        of createRecord would answer 500 (seen on the reference PDS, 2026-11-23).

        Raises:
            Rejected: the record is invalid, or another stands at its address.
            Unauthorized, Throttled, Ambiguous, Unavailable: as `send.raise_for_status` says.
        """
        payload = prepared.parts[part]
        what = {**payload["record"], **({"reply": reply(reply_to)} if reply_to else {})}
        body = {**payload, "rkey": tid(what["createdAt"], key), "record": what, "swapRecord": None}
        answer = self._caller.procedure(
            "com.atproto.repo.putRecord", body, public=True, none_if="InvalidSwap"
        )
        if answer is not None:
            return _accepted(answer, what, Ambiguous)
        try:
            there = self._standing(payload, body["rkey"])
        except PlatformError as error:
            raise Ambiguous(
                f"something stands at our address, unread: {error}", status=error.status
            ) from error
        if there is None:
            raise Unavailable("refused for what stands at our address, but nothing does")
        if not _same(there["value"], what):
            raise Rejected("another record stands at the post's address")
        return _accepted(there, there["value"], Ambiguous)

    def read(self, prepared: Prepared, part: int, key: str) -> Accepted | None:
        """The record at our address if it is ours; None if there is none, or one that `publish` will name."""
        payload = prepared.parts[part]
        ours = payload["record"]
        there = self._standing(payload, tid(ours["createdAt"], key))
        if there is None or not _same(there["value"], ours):
            return None
        return _accepted(there, there["value"], Unavailable)

    def _standing(self, payload: Mapping[str, Any], rkey: str) -> dict[str, Any] | None:
        answer: dict[str, Any] | None = self._caller.query(
            "com.atproto.repo.getRecord",
            none_if="RecordNotFound",
            repo=payload["repo"],
            collection=payload["collection"],
            rkey=rkey,
        )
        if answer is not None and not isinstance(answer.get("value"), dict):
            raise Unavailable("a record that cannot be read")
        return answer

    def meter(self) -> Sequence[Allowance]:
        return self._caller.meter

    def delete(self, ref: Ref, key: str) -> None:  # noqa: ARG002 # its address is all
        """com.atproto.repo.deleteRecord, which does nothing where nothing stands.

        Raises:
            Unauthorized, Throttled, Rejected, Ambiguous, Unavailable: as `publish`.
        """
        repo, collection, rkey = str(ref["uri"]).removeprefix("at://").split("/")
        what = {"repo": repo, "collection": collection, "rkey": rkey}
        self._caller.procedure("com.atproto.repo.deleteRecord", what, public=True, silent=True)

    def find(self, since: datetime) -> Sequence[OwnPost]:
        """Own posts whose record says it was created at or after `since`, newest first."""
        did, cursor, found = self._caller.did(), "", list[OwnPost]()
        for _ in range(PAGES):
            more = {"cursor": cursor} if cursor else {}
            page = self._caller.query(
                "com.atproto.repo.listRecords", repo=did, collection=COLLECTION, limit=PAGE, **more
            )
            try:
                own = [_own(each) for each in page["records"]]
            except (ValueError, KeyError, TypeError, AttributeError):
                raise Unavailable("the account's own posts could not be read") from None
            found += [each for each in own if each.created_at >= since]
            cursor = str(page.get("cursor") or "")
            if not cursor or not own or own[-1].created_at < since:
                return found
        raise Unavailable(f"more than {PAGES * PAGE} posts since {since:%Y-%m-%d %H:%M}: too many to compare")

    def _images(self, images: Iterable[Image], notes: list[str]) -> dict[str, Any] | None:
        limits = self.limits.images
        assert limits is not None
        taken = []
        for image in tuple(images)[: limits.count]:
            try:
                blob, small = self._upload(image, limits)
            except PlatformError as error:
                if isinstance(error, Throttled | Unauthorized) or self._options.image.need == "required":
                    raise
                notes.append(send.clean(f"image left out: {error}"))
            else:
                taken.append((blob, image.alt[: self.limits.alt], small.width, small.height))
        return images_embed(taken) if taken else None

    def _card(self, post: Post, notes: list[str]) -> dict[str, Any] | None:
        if post.card is None:
            return None
        thumb: Mapping[str, Any] | None = None
        if post.card.image:
            try:
                thumb, _ = self._upload(post.card.image, THUMB)
            except (Throttled, Unauthorized):
                raise
            except PlatformError as error:
                notes.append(send.clean(f"card without its picture: {error}"))
        return card_embed(post.card, thumb)

    def _upload(self, image: Image, limits: ImageLimits) -> tuple[dict[str, Any], Shrunk]:
        wiring = self._wiring
        small = obtain(image.url, limits, user_agent=wiring.user_agent, allow_private=wiring.allow_private)
        return self._caller.upload(small.data, small.mime), small

    def _resolve(self, names: Iterable[str], notes: list[str]) -> dict[str, str]:
        dids = {}
        for name in names:
            try:
                dids[name] = str(self._caller.query("com.atproto.identity.resolveHandle", handle=name)["did"])
            except (Rejected, Unavailable, KeyError):
                notes.append(f"@{name} stays plain text: no such account found")
        return dids


def _same(there: Mapping[str, Any], ours: Mapping[str, Any]) -> bool:
    return all(there.get(name) == ours[name] for name in ("text", "createdAt"))


def _accepted(answer: Mapping[str, Any], what: Mapping[str, Any], otherwise: type[PlatformError]) -> Accepted:
    uri, cid = str(answer.get("uri") or ""), answer.get("cid")
    if not uri.startswith("at://") or uri.count("/") != ADDRESS_SLASHES or not isinstance(cid, str):
        raise otherwise("an answer without the address of a record")
    did, _, rkey = uri.removeprefix("at://").split("/")
    root = what["reply"]["root"] if "reply" in what else {"uri": uri, "cid": cid}
    return Accepted(
        {"id": uri, "uri": uri, "cid": cid, "rkey": rkey, "root": root},
        f"https://bsky.app/profile/{did}/post/{rkey}",
    )


def _own(found: Mapping[str, Any]) -> OwnPost:
    value = found["value"]
    accepted = _accepted(found, value, Unavailable)
    created = datetime.fromisoformat(value["createdAt"])
    if created.tzinfo is None:
        raise ValueError("a time without a zone")
    return OwnPost(accepted.ref, accepted.url, value["text"], links(value), created)
