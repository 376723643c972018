"""Keep messages in the outbox and send them once, at Slack's speed."""
