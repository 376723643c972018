"""What could not be delivered, shown to coordinators."""
