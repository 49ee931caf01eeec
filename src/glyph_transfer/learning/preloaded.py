"""Keras, and TensorFlow with it: imported, which takes seconds, and not started.

A process that has imported this may be forked. One that has imported `backend` may not, for the
threads that TensorFlow has started are not in the copy.
"""

from glyph_transfer.learning import silence

with silence():
    import keras  # noqa: F401
