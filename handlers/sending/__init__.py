"""What Cairn says and does in Slack by itself."""
