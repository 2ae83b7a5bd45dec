"""Finds what was pushed and no source that is asked has met: the push of its new address may be lost."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import NamedTuple

from bot.domain.article import Article
from bot.domain.identity import host_of
from bot.ports.newsroom import Newsroom
from bot.ports.store import Tx
from bot.services.lately import LATELY

__all__ = ["Pushed", "pushed_alone"]

MOST = 50
"""The newest, at most, that are looked at for one poll."""


class Pushed(NamedTuple):
    """An article, and the name that it was pushed under: often its number in the CMS."""

    article: Article
    name: str

    def may_name(self, cms_id: str) -> bool:
        """Whether it is the number in a CMS's own name for an article: a hint, of one site."""
        return bool(cms_id) and re.split("[:/]", cms_id)[-1] == self.name


def pushed_alone(tx: Tx, newsroom: Newsroom, urls: Iterable[str], now: datetime) -> Mapping[int, Pushed]:
    """What was pushed within a day of the sites of these addresses, and shown by nothing else."""
    if not newsroom.only_told:
        return {}
    told, hosts = newsroom.only_told, {host_of(url) for url in urls}
    recent = [each for source in told for each in tx.articles.recent(source, now - LATELY)]
    fit = [each for each in recent if each.withdrawn_at is None and host_of(each.url) in hosts]
    found = {each.id: (each, tx.articles.sources_of(each.id)) for each in fit[-MOST:]}
    return {
        id_: Pushed(article, shown[article.source].guid)
        for id_, (article, shown) in found.items()
        if article.source in shown and shown.keys() <= {*told}
    }
