"""What the stages did, as files and as MLflow runs; nothing else imports MLflow.

Set MLFLOW_TRACKING_URI for another store than `mlflow.db` in the project's folder. MLflow reads
its settings when it is imported, so they are made here, before any module of this folder is.
"""

import os

os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
os.environ.setdefault("MLFLOW_LOGGING_LEVEL", "WARNING")
os.environ.setdefault("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "3")
os.environ.setdefault("MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR", "false")
os.environ.setdefault("MLFLOW_TRACKING_URI", "sqlite:///mlflow.db")
# `mlflow run` exports the id of its run, which every later start_run() would resume.
ENCLOSING_RUN = os.environ.pop("MLFLOW_RUN_ID", None)
_ = os.environ.pop("MLFLOW_EXPERIMENT_ID", None)
