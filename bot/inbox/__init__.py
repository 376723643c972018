"""What Slack told Cairn and would not tell again, kept until it is done."""
