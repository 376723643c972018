"""Keep events that Slack tells once, until they are done."""
