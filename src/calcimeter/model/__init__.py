"""The nouns: frozen, validated records of numpy arrays and plain values. No files, no clock, no arithmetic of a step.

Arrays are slices, rows, columns; ``Grid`` alone knows where a voxel lies in the patient (LPS, mm).
0 is a measurement, ``None`` an absence with a caveat that says why, NaN never leaves a function.
"""
