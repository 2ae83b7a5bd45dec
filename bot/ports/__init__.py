"""The seams: what the core asks of the world, as Protocols. Adapters fulfil them, bootstrap joins them."""
