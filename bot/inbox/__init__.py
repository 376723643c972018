"""Events that Slack tells once, kept until they are done."""
