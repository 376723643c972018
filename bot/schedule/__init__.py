"""Keep what falls due by wall-clock rules, and let any replica claim it."""
