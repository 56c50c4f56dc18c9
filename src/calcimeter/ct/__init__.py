"""The steps of a CT analysis; each is a pure function, and they meet only in ``calcimeter.pipeline``."""
