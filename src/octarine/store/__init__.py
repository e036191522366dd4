"""The record: runs, completions, judgements, findings. Append-only; SQLite or PostgreSQL."""
