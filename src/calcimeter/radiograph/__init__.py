"""Radiographs: candidates, outlines, measures, sides; one step a file."""
