"""Talking HTTP: fetching what others publish, and publishing ourselves."""
