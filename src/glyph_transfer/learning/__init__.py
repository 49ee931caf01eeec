"""The networks, and how they are trained."""

CORES = "GLYPH_TRANSFER_CORES"
"""Environment variable: how many operations may run at once, where one training has all cores.

Read when `backend` is imported, and TensorFlow with it; 1 if not set. It changes no bits.
"""
