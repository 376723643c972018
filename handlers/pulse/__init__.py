"""The pulse in Slack: form, comments, results."""
