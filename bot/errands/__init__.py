"""Work in Slack besides sending; it is on record until it is done."""
