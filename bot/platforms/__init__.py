"""The platforms: one module a kind, each with one `Connector`, none knowing another."""
