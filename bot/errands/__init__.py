"""What has to be done in Slack besides sending: it is on record until it is done."""
