"""Scores of sources before anything is trained, and how good they are."""
