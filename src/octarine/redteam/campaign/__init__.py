"""Campaigns: techniques × the seeds that a model deflects. For models that you are entitled to test."""
