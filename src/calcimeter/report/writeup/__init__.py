"""A draft of a case report from what was measured: facts -> sentences -> sections -> files; start with ``write.py``."""
