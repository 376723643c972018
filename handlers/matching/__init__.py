"""Proposals and exclusions in Slack."""
