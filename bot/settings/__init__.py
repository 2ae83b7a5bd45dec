"""The configuration: its model, where it is read from, and what is wrong with it."""
