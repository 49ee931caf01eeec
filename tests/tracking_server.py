"""MLflow's own server in a thread of this process, which can misbehave and counts requests."""

import base64
import json
import logging
import os
import threading
import time

from mlflow import MlflowClient
from mlflow.tracking._model_registry import utils as registry
from mlflow.tracking._tracking_service import utils
from werkzeug.serving import make_server

USER, PASSWORD = "alice", "s3cret@pw"


class Behaviour:
    """WSGI middleware before MLflow's application.

    Attributes:
        prefix: of all paths that are answered; others are 404.
        asks_for_password: whether requests have to come from alice.
        fails: says of the number of a request, from 1, and its path whether it is answered 500.
        seconds: that every answer takes.
        requests: method and path of all that was asked.
        most_at_once: requests that were in hand at one time.
    """

    def __init__(self, application):
        self.application = application
        self.lock = threading.Lock()
        self.reset()

    def reset(self):
        self.prefix, self.asks_for_password, self.fails, self.seconds = "", False, None, 0.0
        self.requests, self.at_once, self.most_at_once = [], 0, 0

    def __call__(self, environ, start_response):
        path = environ["PATH_INFO"]
        with self.lock:
            self.requests.append((environ["REQUEST_METHOD"], path))
            number = len(self.requests)
            self.at_once += 1
            self.most_at_once = max(self.at_once, self.most_at_once)
        try:
            time.sleep(self.seconds)
            if not path.startswith(f"{self.prefix}/"):
                return answer(start_response, "404 Not Found")
            if self.asks_for_password and not _is_alice(environ):
                return answer(start_response, "401 Unauthorized")
            if path != "/health" and self.fails and self.fails(number, path):
                return answer(start_response, "500 Internal Server Error")
            environ["PATH_INFO"] = path.removeprefix(self.prefix)
            return self.application(environ, start_response)
        finally:
            with self.lock:
                self.at_once -= 1


def _is_alice(environ):
    given = environ.get("HTTP_AUTHORIZATION", "").removeprefix("Basic ")
    return base64.b64decode(given).decode() == f"{USER}:{PASSWORD}"


def answer(start_response, status):
    start_response(status, [("Content-Type", "application/json")])
    return [json.dumps({"error_code": "INTERNAL_ERROR", "message": status}).encode()]


def serve(folder, patch):
    """Serve a store in `folder`, where an `mlflow.db` is; gives the server and its behaviour."""
    patch.setenv("_MLFLOW_SERVER_FILE_STORE", f"sqlite:///{folder}/mlflow.db")
    patch.setenv("_MLFLOW_SERVER_ARTIFACT_ROOT", "mlflow-artifacts:/")
    patch.setenv("_MLFLOW_SERVER_ARTIFACT_DESTINATION", str(folder / "artifacts"))
    patch.setenv("_MLFLOW_SERVER_SERVE_ARTIFACTS", "true")
    from mlflow.server import app

    behaviour = Behaviour(app)
    server = make_server("127.0.0.1", 0, behaviour, threaded=True)
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    # at its first request the application makes its store that of the whole process
    MlflowClient(f"http://127.0.0.1:{server.server_port}").search_experiments()
    MlflowClient(f"http://127.0.0.1:{server.server_port}").search_registered_models()
    utils._tracking_uri = registry._registry_uri = None
    os.environ.pop("MLFLOW_REGISTRY_URI", None)
    return server, behaviour
