"""Faults that take long to see: `make faults` runs them and writes RESULTS.md."""
