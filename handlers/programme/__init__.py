"""Programmes in Slack: calendar and contacts."""
