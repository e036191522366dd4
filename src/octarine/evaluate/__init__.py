"""Benchmarks, judges, the resumable runner and scorecards."""
