"""The outbox: what is to be sent, at Slack's speed, once."""
