"""What the stages did, as files and as MLflow runs; nothing else imports MLflow.

Set MLFLOW_TRACKING_URI for another store than `mlflow.db` in the project's folder. MLflow reads
its settings when it is imported, so they are made here, before any module of this folder is.
"""

import logging
import os

from glyph_transfer.tracking.secrets import take_secrets

take_secrets(os.environ)
os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
os.environ.setdefault("MLFLOW_LOGGING_LEVEL", "ERROR")
# it logs the trace of every error of a database that it then raises
logging.getLogger("mlflow.store.db.utils").setLevel(logging.CRITICAL)
# else it prints the address of every run that ends, and asks the server for that run first
os.environ.setdefault("MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT", "true")
# of one request; the whole of a record is tried again, with pauses, by `patience`
os.environ.setdefault("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "1")
os.environ.setdefault("MLFLOW_HTTP_REQUEST_TIMEOUT", "60")
os.environ.setdefault("MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR", "false")
os.environ.setdefault("MLFLOW_TRACKING_URI", "sqlite:///mlflow.db")
# `mlflow run` exports the id of its run, which every later start_run() would resume.
ENCLOSING_RUN = os.environ.pop("MLFLOW_RUN_ID", None)
_ = os.environ.pop("MLFLOW_EXPERIMENT_ID", None)
