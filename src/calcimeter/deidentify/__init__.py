"""Images without what tells whose they are: the standard's basic profile; start with ``folder.py``."""
