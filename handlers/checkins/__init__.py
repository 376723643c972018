"""Check-ins in Slack."""
