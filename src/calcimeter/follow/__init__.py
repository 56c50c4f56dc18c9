"""Deposits of one patient followed over time."""
