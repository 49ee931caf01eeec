"""The replicates of a study: planned, trained side by side, and what they gave."""
