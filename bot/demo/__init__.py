"""A small news site, a worker, and accounts that write files: the main job on an embedded default."""
