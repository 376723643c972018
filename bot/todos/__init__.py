"""What a member has to do now."""
