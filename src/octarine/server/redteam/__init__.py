"""The page of ``octarine redteam chat``: a person attacks a model, with the techniques as buttons."""
