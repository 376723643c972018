"""Meetings that a mentoring group held: that they took place, never what was said."""
