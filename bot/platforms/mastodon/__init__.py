"""Mastodon, and the servers that speak its API: GoToSocial, Pleroma, Akkoma, Takahe, snac."""

from bot.platforms.mastodon.connector import Connector, MastodonOptions

__all__ = ["Connector", "MastodonOptions"]
