"""The pure core: it decides, it does not act. Every function takes `now` and its inputs as arguments."""
