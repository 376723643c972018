"""Portfolios of mentees and letters of mentors, made when they are asked for."""
