"""``/v1/chat/completions``: requests in, answers out, whole or streamed."""
