"""Competency stages in Slack."""
