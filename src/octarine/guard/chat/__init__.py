"""Chat completions as OpenAI's protocol writes them, before the guard.

The texts of a request and of an answer are judged where they stand in its JSON, and written back in place.
"""
