"""The validation of what is measured: objects, an independent simulator of scans, and what is asked of the results."""
