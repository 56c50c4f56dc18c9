"""NM files -> two scintigrams: frames, views, times, tracer, counts."""
