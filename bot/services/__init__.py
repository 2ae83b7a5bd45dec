"""The use cases, one verb a file: they read the store, let the domain decide, and write what it decided."""
