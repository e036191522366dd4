"""Pictures that samples declare and that are drawn when a model is asked: no file of anybody's is shipped."""

from octarine.evaluate.pictures.declared import drawn, missing, picture_part

__all__ = ["drawn", "missing", "picture_part"]
