"""The networks, and how they are trained.

TensorFlow and Keras read their settings when they are imported, so they are made here, before
any module of this folder is.

NumPy's products have one thread, as TensorFlow's operations have: the sums of a product shared out
among threads are taken in another order on another machine, and threads that wait for each other
on busy cores make the fit of a head take fifty times as long.
"""

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

import numpy  # noqa: F401  # with its BLAS, which `threadpool_limits` finds when it is loaded
from threadpoolctl import threadpool_limits

CORES = "GLYPH_TRANSFER_CORES"
"""Environment variable: how many operations may run at once, where one training has all cores.

Read when `backend` is imported, which starts TensorFlow; 1 if not set. It changes no bits.
"""

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
# No setdefault from here on: results depend on these, and are not to depend on a shell.
os.environ["CUDA_VISIBLE_DEVICES"] = "-1"
os.environ["KERAS_BACKEND"] = "tensorflow"
# TensorFlow leaves oneDNN off on a processor with AVX2 alone, where the published networks
# train 1.5 to 3.5 times as fast with it.
os.environ["TF_ENABLE_ONEDNN_OPTS"] = "1"
for name in (
    "DNNL_DEFAULT_FPMATH_MODE",  # products of 16 bits
    "ONEDNN_DEFAULT_FPMATH_MODE",
    "TF_SET_ONEDNN_FPMATH_MODE",
    "TF_XLA_FLAGS",  # compiles, and then rounds otherwise
):
    os.environ.pop(name, None)
os.environ["OPENBLAS_NUM_THREADS"] = "1"  # of SciPy's, which is loaded later
threadpool_limits(1, user_api="blas")


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
