"""What decides results is set by the program, whatever the shell or the home folder say."""

import json
import os
import subprocess
import sys

SHELL = {
    "KERAS_BACKEND": "torch",
    "TF_ENABLE_ONEDNN_OPTS": "0",
    "OPENBLAS_NUM_THREADS": "2",
    "ONEDNN_DEFAULT_FPMATH_MODE": "BF16",
    "TF_XLA_FLAGS": "--tf_xla_auto_jit=2 --tf_xla_cpu_global_jit",
    "CUDA_VISIBLE_DEVICES": "0",
}
HOME = {
    "backend": "jax",
    "floatx": "float16",
    "epsilon": 0.5,
    "image_data_format": "channels_first",
}
PROGRAM = """
import json, os
from glyph_transfer.learning.backend import keras
import scipy.linalg, threadpoolctl
blas = threadpoolctl.ThreadpoolController().select(user_api="blas").info
print(json.dumps({
    "backend": keras.config.backend(),
    "floatx": keras.config.floatx(),
    "policy": keras.config.dtype_policy().name,
    "epsilon": keras.config.epsilon(),
    "format": keras.config.image_data_format(),
    "onednn": os.environ["TF_ENABLE_ONEDNN_OPTS"],
    "devices": os.environ["CUDA_VISIBLE_DEVICES"],
    "threads": sorted({each["num_threads"] for each in blas()}),
    "left": [name for name in %s if name in os.environ],
}))
""" % ["ONEDNN_DEFAULT_FPMATH_MODE", "TF_XLA_FLAGS"]


def test_neither_the_shell_nor_the_home_folder_decides_a_result(tmp_path):
    (tmp_path / ".keras").mkdir()
    (tmp_path / ".keras/keras.json").write_text(json.dumps(HOME))
    environment = os.environ | SHELL | {"HOME": str(tmp_path), "KERAS_HOME": f"{tmp_path}/.keras"}
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], env=environment, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout.splitlines()[-1]) == {
        "backend": "tensorflow",
        "floatx": "float32",
        "policy": "float32",
        "epsilon": 1e-7,
        "format": "channels_last",
        "onednn": "1",
        "devices": "-1",
        "threads": [1],
        "left": [],
    }
