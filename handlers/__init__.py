"""The Slack edge: requests come in as calls, domain objects go out as Block Kit."""
