"""The only place with threads, signals, a clock and APScheduler."""
