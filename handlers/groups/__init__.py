"""Mentoring groups in Slack, after their approval."""
