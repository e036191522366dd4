"""What crosses areas: assess, the release gate."""
