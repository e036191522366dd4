"""``/v1/responses``: requests in, answers out, whole or streamed."""
