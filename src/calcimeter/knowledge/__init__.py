"""What the field knows, as data; every number with its source."""
