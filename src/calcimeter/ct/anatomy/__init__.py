"""Which bone is which, and which side it is on."""
