"""Imported first by a server of forks: it ends with the thread that began it.

By itself it looks for that only once it has imported what its forks need, which may take long.
On Linux alone.
"""

import ctypes
import signal
import sys

PR_SET_PDEATHSIG = 1  # sys/prctl.h

if sys.platform == "linux":
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
