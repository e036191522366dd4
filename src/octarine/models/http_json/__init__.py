"""``http-json:FILE.yaml``: any JSON endpoint, described in a file."""

from octarine.models.http_json.model import HttpJsonModel, open_model

__all__ = ["HttpJsonModel", "open_model"]
