"""Bluesky, and any other PDS of the AT Protocol."""

from bot.platforms.bluesky.connector import BlueskyOptions, Connector

__all__ = ["BlueskyOptions", "Connector"]
