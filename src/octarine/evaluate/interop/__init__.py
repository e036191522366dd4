"""To and from other evaluation tools: Inspect's tasks and logs, and what lm-evaluation-harness wrote."""
