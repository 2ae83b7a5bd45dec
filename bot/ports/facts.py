"""The names of what an installation remembers of itself (`Workers.get` and `set`)."""

from __future__ import annotations

__all__ = ["ADOPTED", "BACKUP", "BEHIND", "FLOOD", "MODE", "MOVED", "UNFINISHED"]

MODE = "mode"
"""Whether the database is of live posts or of a rehearsal."""
MOVED = "moved"
"""It was copied to another one, which goes on in its place: {to, at}."""
UNFINISHED = "unfinished_copy_of"
"""It is being filled from another one."""
BACKUP = "backup_at"
"""It is a backup, from then: a worker on it would not know what was shared since."""
BEHIND = "behind_since"
"""An account showed posts of ours that it does not know: from when it last knew all of them."""
ADOPTED = "adopted"
"""What it was before a person took it into use here."""
FLOOD = "flood:"
"""Before a source's id: whether a flood is on, and when the last one was over."""
