"""Say and do in Slack what Cairn does by itself."""
