"""What the adapters of HTTP endpoints share: a client with retries, errors with a way out, event streams."""
