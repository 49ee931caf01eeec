"""TensorFlow and Keras, imported quietly and set up so that results repeat bit for bit.

Every module that needs them imports them from here. One thread for an operation: on networks
this small two single-threaded trainings side by side beat one on two threads, and sums are
always taken in the same order, whatever the number of workers. A process that trains alone says
with `CORES` how many operations may run at once.
"""

import logging
import os

from glyph_transfer.learning import CORES, silence

with silence():
    import tensorflow as tf

    tf.config.threading.set_intra_op_parallelism_threads(1)
    tf.config.threading.set_inter_op_parallelism_threads(int(os.environ.get(CORES, "1")))
    tf.config.experimental.enable_op_determinism()
    tf.constant(0)  # starts the runtime, which has its own greetings

    import keras

    # not as ~/.keras/keras.json has them
    keras.config.set_floatx("float32")
    keras.config.set_dtype_policy("float32")
    keras.config.set_epsilon(1e-7)
    keras.config.set_image_data_format("channels_last")

# Many networks, each traced once, look to TensorFlow like one that is traced too often.
logging.getLogger("tensorflow").addFilter(lambda r: "tf.function retracing" not in r.getMessage())

__all__ = ["keras", "silence", "tf"]
