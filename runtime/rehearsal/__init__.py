"""A whole programme played before it starts: the real rules, a clock that runs ahead, no Slack."""
