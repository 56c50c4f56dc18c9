"""Kernels over arrays that any step may use: runs and components, morphology, hulls, surfaces, distances."""
