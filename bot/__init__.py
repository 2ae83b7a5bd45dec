"""Sharewire shares each newly published article on every account, exactly once."""

__version__ = "0.1.0"
