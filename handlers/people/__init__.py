"""Members in Slack: roster, code of conduct, breaks, preferences, deletion."""
