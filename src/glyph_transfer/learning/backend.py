"""TensorFlow and Keras, imported quietly and set up so that results repeat bit for bit.

Every module that needs them imports them from here. One thread for an operation: on networks
this small two single-threaded trainings side by side beat one on two threads, and sums are
always taken in the same order, whatever the number of workers. A process that trains alone says
with `CORES` how many operations may run at once.
"""

import logging
import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

from glyph_transfer.learning import CORES


@contextmanager
def silence() -> Iterator[None]:
    """Hold back what native code writes to standard error; give it out if the block fails."""
    sys.stderr.flush()
    saved = os.dup(2)
    with tempfile.TemporaryFile() as held:
        os.dup2(held.fileno(), 2)
        try:
            yield
        except BaseException:
            os.dup2(saved, 2)
            held.seek(0)
            sys.stderr.write(held.read().decode(errors="replace"))
            raise
        finally:
            os.dup2(saved, 2)
            os.close(saved)


os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")
os.environ.setdefault("KERAS_BACKEND", "tensorflow")
# TensorFlow leaves oneDNN off on a processor with AVX2 alone, where the published networks
# train 1.5 to 3.5 times as fast with it. No setdefault: the last bits depend on it.
os.environ["TF_ENABLE_ONEDNN_OPTS"] = "1"
with silence():
    import tensorflow as tf

    tf.config.threading.set_intra_op_parallelism_threads(1)
    tf.config.threading.set_inter_op_parallelism_threads(int(os.environ.get(CORES, "1")))
    tf.config.experimental.enable_op_determinism()
    tf.constant(0)  # starts the runtime, which has its own greetings

    import keras

# Many networks, each traced once, look to TensorFlow like one that is traced too often.
logging.getLogger("tensorflow").addFilter(lambda r: "tf.function retracing" not in r.getMessage())

__all__ = ["keras", "silence", "tf"]
