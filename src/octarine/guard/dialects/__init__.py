"""The dialects in which models are asked, each once: chat completions, responses, embeddings.

``octarine guard serve`` and what stands inside a program (``guard.integrations``) both use these.
"""
