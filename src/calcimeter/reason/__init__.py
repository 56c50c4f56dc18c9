"""What images, blood and history amount to: chemistry, findings, ranked diagnoses, the next test."""
