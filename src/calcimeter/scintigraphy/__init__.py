"""The steps of parathyroid scintigraphy: pure functions from record to record."""
