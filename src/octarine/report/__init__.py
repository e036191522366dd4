"""Scorecards to the terminal, HTML, JSON, Markdown and JUnit XML."""
