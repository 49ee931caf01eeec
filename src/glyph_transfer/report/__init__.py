"""Tracked runs in, a page to read out."""
