"""What in an address says nothing of the page: who led there, whose session it is, which screen it is for."""

from __future__ import annotations

import re
from urllib.parse import unquote_plus

__all__ = ["MOBILE_HOST", "is_tracking", "route_of", "untracked", "without_session"]

TRACKING = re.compile(
    r"^(?:utm_\w+|mtm_\w+|pk_\w+|at_\w+|fbclid|gclid|gbraid|wbraid|dclid|msclkid|twclid|yclid|srsltid|igsh|"
    r"igshid|mc_cid|mc_eid|mkt_tok|_hsenc|_hsmi|_ga|_gl|ref_src|ref_url|oly_anon_id|oly_enc_id|vero_id|wt_mc|"
    r"cmpid|ito|share_source|share_medium|xtor)$",
    re.IGNORECASE,
)
NAMES = r"(?:phpsessid|jsessionid|aspsessionid\w*)"
SESSION = re.compile(rf";{NAMES}=[^/?#;]*|(?<=[?&]){NAMES}=[^&#]*(?:&|(?=#)|$)", re.IGNORECASE)
"""PHP's, Java's and classic ASP's, which they put into every link for who brings no cookie."""
MOBILE_HOST = re.compile(
    r"^(?:amp|m|mobile)\.(?!(?:com?|org?|net?|gou?v|gob?|edu?|ac|mil|info)\.[^.]{2}$)(?=[^.]+\.)"
)
"""A host of AMP or mobile pages alone, `amp.example.org`; `amp.com.au` is a company's."""
NO_ROUTE = re.compile(r"[^!/].*|[!/\s]*", re.DOTALL)


def is_tracking(name: str, value: str) -> bool:
    """Whether a parameter of a query leaves the page what it is; Blogger's `m=1` is its mobile view."""
    return bool(TRACKING.match(name)) or (name == "m" and value in ("0", "1"))


def route_of(fragment: str) -> str:
    """The fragment where it names a page, as in single-page sites (`#/article/12`); "" for a place in one."""
    return "" if NO_ROUTE.fullmatch(fragment.partition("?")[0]) else fragment


def without_session(url: str) -> str:
    """The address without the session of who asked: it differs at every visit, and is nobody else's."""
    return SESSION.sub("", url).rstrip("?&") if "sess" in url.lower() else url


def untracked(url: str) -> str:
    """The address without parameters that tell who led there, otherwise as it is written."""
    front, mark, query = url.partition("?")
    query, hash_, fragment = query.partition("#")
    if not mark or "#" in front:
        return url
    kept = [each for each in query.split("&") if not _tracks(each)]
    return front + "?" * bool(kept) + "&".join(kept) + hash_ + fragment


def _tracks(parameter: str) -> bool:
    name, _, value = parameter.partition("=")
    return is_tracking(unquote_plus(name), value)
