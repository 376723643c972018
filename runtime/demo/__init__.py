"""The demo: a local Slack workspace with a programme in it."""
