"""A Bluesky PDS as far as a publisher meets it: sessions that run out, blobs, records at chosen addresses."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar

from bot.domain.errors import PlatformError, Unauthorized
from bot.domain.text import graphemes
from tests.fakes.server import Answer, FakeServer, Request, Stored

__all__ = ["DID", "FAKE", "FakeBluesky"]

PASSWORD = "abcd-efgh-not-for-print"
DID = "did:plc:desk234567abcdefghijklmn"
XRPC = "/xrpc/com.atproto."
FACET = "app.bsky.richtext.facet#"
URI = re.compile(r"\w+:(?://)?[^\s/]\S*")
TID = re.compile(r"[234567abcdefghij][234567a-z]{12}")


def jwt(scope: str, number: int) -> str:
    """A token of the right shape; its end is two hours from now, whatever the fake thinks of it."""
    exp = int((datetime.now(UTC) + timedelta(hours=2)).timestamp())
    parts = ({"alg": "none"}, {"scope": scope, "sub": DID, "exp": exp, "jti": f"not-for-print-{number}"})
    return ".".join(
        [*(base64.urlsafe_b64encode(json.dumps(p).encode()).decode().rstrip("=") for p in parts), "s"]
    )


def refusal(name: str, message: str = "", status: int = 400) -> Answer:
    return Answer(status, {"error": name, "message": message or name})


class FakeBluesky(FakeServer):
    kind = "bluesky"
    secrets: ClassVar[tuple[str, ...]] = (PASSWORD,)
    write = ("POST", f"{XRPC}repo.putRecord")
    deletes = ("POST", f"{XRPC}repo.deleteRecord")
    failures: ClassVar[Mapping[str | int, type[PlatformError]]] = {**FakeServer.failures, 403: Unauthorized}
    carries = frozenset({"text", "link", "alts", "lang", "reply_to"})

    def __init__(self) -> None:
        super().__init__()
        self.records: dict[str, dict[str, Any]] = {}
        """By rkey."""
        self.blobs: dict[str, tuple[int, str]] = {}
        """Size and type, by cid."""
        self.handles = {"jane.example.org": "did:plc:jane234567abcdefghijklmn"}
        self.active = True
        self.access = self.refresh = ""
        self.sessions = 0

    def options(self) -> dict[str, Any]:
        return {
            "platform": "bluesky",
            "base_url": self.url,
            "identifier": "desk.example.org",
            "app_password": PASSWORD,
        }

    def expire(self, *, refresh: bool = False) -> None:
        """Let the access token run out, and the refresh token too."""
        self.access = ""
        self.refresh = "" if refresh else self.refresh

    def calls(self, method: str) -> list[Request]:
        return [request for request in self.requests if request.path == XRPC + method]

    def respond(self, request: Request) -> Answer:
        token = request.headers.get("authorization", "").removeprefix("Bearer ")
        method = request.path.removeprefix(XRPC)
        if method == "server.createSession":
            return self.log_in(request)
        if method == "server.refreshSession":
            return self.session() if token and token == self.refresh else refusal("ExpiredToken")
        if not token:
            return refusal("AuthMissing", "Authentication Required", 401)
        if token != self.access:
            return refusal("ExpiredToken", "Token has expired")
        routes = {
            "server.getSession": self.whoami,
            "identity.resolveHandle": self.resolve,
            "repo.uploadBlob": self.upload,
            "repo.putRecord": self.put,
            "repo.getRecord": self.get,
            "repo.deleteRecord": self.remove,
            "repo.listRecords": self.list_records,
        }
        return routes[method](request)

    def me(self) -> dict[str, Any]:
        return {"did": DID, "handle": "desk.example.org"}

    def whoami(self, request: Request) -> Answer:
        status = {} if self.active else {"status": "deactivated"}
        return Answer(200, {**self.me(), "active": self.active, **status})

    def resolve(self, request: Request) -> Answer:
        did = self.handles.get(request.query["handle"])
        return Answer(200, {"did": did}) if did else refusal("InvalidRequest", "Unable to resolve handle")

    def log_in(self, request: Request) -> Answer:
        asked = request.json()
        if asked["identifier"] != "desk.example.org" or asked["password"] != PASSWORD:
            return refusal("AuthenticationRequired", "Invalid identifier or password", 401)
        return self.session()

    def session(self) -> Answer:
        self.sessions += 1
        self.access = jwt("com.atproto.appPass", self.sessions)
        self.refresh = jwt("com.atproto.refresh", self.sessions)
        return Answer(200, {**self.me(), "accessJwt": self.access, "refreshJwt": self.refresh})

    def upload(self, request: Request) -> Answer:
        mime, size = request.headers["content-type"], len(request.body)
        cid = "bafkrei" + hashlib.sha256(request.body).hexdigest()[:40]
        self.blobs[cid] = (size, mime)
        return Answer(200, {"blob": {"$type": "blob", "ref": {"$link": cid}, "mimeType": mime, "size": size}})

    def put(self, request: Request) -> Answer:
        """Create, or do nothing for the same content; with `swapRecord: null` create only."""
        body = request.json()
        rkey, made = body["rkey"], body["record"]
        fault = self.fault(rkey, made)
        if body["repo"] != DID or fault:
            return refusal("InvalidRequest", fault or "Could not find repo")
        if rkey in self.records and "swapRecord" in body:
            return refusal("InvalidSwap", "Record was at another cid")
        self.records[rkey] = made
        return Answer(200, self.address(rkey))

    def fault(self, rkey: str, made: Mapping[str, Any]) -> str:
        """What the reference PDS refuses; a facet beyond the text's end it does not."""
        embed = made.get("embed", {})
        external, images = embed.get("external", {}), embed.get("images", [])
        links = [f["uri"] for facet in made.get("facets", []) for f in facet["features"] if "uri" in f]
        faults = {
            "Invalid record key": not TID.fullmatch(rkey),
            "grapheme too big (maximum 300)": graphemes(made["text"]) > 300,
            "string too big (maximum 3000)": len(made["text"].encode()) > 3_000,
            "createdAt must be an atproto datetime": not made["createdAt"].endswith("Z"),
            "uri must be a uri": not all(URI.fullmatch(uri) for uri in links),
            "external must have a title": bool(external) and not external.get("title"),
            "thumb too big": "thumb" in external and self.size(external["thumb"]) > 1_000_000,
            "too many images": len(images) > 4,
            "image too big": any(self.size(each["image"]) > 2_000_000 for each in images),
            "reply needs root and parent": "reply" in made and set(made["reply"]) != {"root", "parent"},
        }
        return next((fault for fault, found in faults.items() if found), "")

    def size(self, blob: Mapping[str, Any]) -> int:
        """Of a blob that was uploaded; one that was not is too big for anything."""
        return self.blobs.get(blob["ref"]["$link"], (10**9, ""))[0]

    def get(self, request: Request) -> Answer:
        rkey = request.query["rkey"]
        if rkey not in self.records:
            return refusal("RecordNotFound", f"Could not locate record: at://{DID}/app.bsky.feed.post/{rkey}")
        return Answer(200, {**self.address(rkey), "value": self.records[rkey]})

    def remove(self, request: Request) -> Answer:
        """Nothing there to delete is no error; as older servers did, it answers with nothing."""
        self.records.pop(request.json()["rkey"], None)
        return Answer(200)

    def list_records(self, request: Request) -> Answer:
        """Newest address first."""
        rkeys = sorted(self.records, reverse=True)
        rkeys = [rkey for rkey in rkeys if rkey < request.query.get("cursor", "~")]
        page = rkeys[: int(request.query["limit"])]
        more = {"cursor": page[-1]} if page else {}
        return Answer(
            200, {"records": [{**self.address(rkey), "value": self.records[rkey]} for rkey in page], **more}
        )

    def address(self, rkey: str) -> dict[str, str]:
        content = json.dumps(self.records[rkey], sort_keys=True).encode()
        cid = "bafyrei" + hashlib.sha256(content).hexdigest()[:40]
        return {"uri": f"at://{DID}/app.bsky.feed.post/{rkey}", "cid": cid}

    def stored(self) -> list[Stored]:
        return [self.shown(rkey) for rkey in sorted(self.records)]

    def shown(self, rkey: str) -> Stored:
        made = self.records[rkey]
        text = made["text"].encode()
        links = [
            feature["uri"]
            for facet in made.get("facets", [])
            for feature in facet["features"]
            if text[facet["index"]["byteStart"] : facet["index"]["byteEnd"]].decode() == feature.get("uri")
        ]
        card = made.get("embed", {}).get("external", {}).get("uri")
        return Stored(
            self.address(rkey)["uri"],
            made["text"],
            links=tuple(dict.fromkeys([*links, *([card] if card else [])])),
            alts=tuple(each["alt"] for each in made.get("embed", {}).get("images", [])),
            lang=made.get("langs", [""])[0],
            reply_to=made.get("reply", {}).get("parent", {}).get("uri", ""),
        )


FAKE = FakeBluesky
