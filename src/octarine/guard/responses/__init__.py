"""Responses as OpenAI's protocol writes them, before the guard; messages as ``guard.chat`` reads them."""
