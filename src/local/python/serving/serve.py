"""Serves one model over HTTP as an inference container does: GET /ping, POST /invocations.

    python serve.py --model-dir /opt/ml/model --run-dir <folder of this start>

The folder gets `port` once the model answers, or `failure` when it cannot be loaded.
"""

import argparse
import json
import os
import subprocess
import sys
import threading
import time
import traceback
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Requests(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    handler = None
    # One prediction at a time: models and the functions around them need not be safe for threads.
    lock = threading.Lock()

    def do_GET(self):
        self.send(200 if self.path == "/ping" else 404, b"", "text/plain")

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if self.path != "/invocations":
            self.send(404, b"", "text/plain")
            return
        try:
            with self.lock:
                answer, kind = self.handler.answer(
                    body, self.headers.get("Content-Type"), self.headers.get("Accept")
                )
            self.send(200, answer, kind)
        except Exception as error:
            traceback.print_exc()
            # The toolkit answers 400 to whatever a function raises, unless the error says otherwise.
            status = getattr(error, "error_code", 400)
            message = {"code": status, "type": "InternalServerException", "message": str(error)}
            self.send(status, json.dumps(message).encode("utf-8"), "application/json")

    def send(self, status, body, kind):
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, text, *arguments):
        # Health checks would fill the log.
        if self.command != "GET":
            print(f"{self.command} {self.path} {text % arguments}", flush=True)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--model-dir", required=True)
    parser.add_argument("--run-dir", required=True)
    arguments = parser.parse_args()
    threading.Thread(target=end_with, args=(arguments.run_dir,), daemon=True).start()
    try:
        Requests.handler = prepare(arguments.model_dir)
    except BaseException as error:
        traceback.print_exc()
        write(arguments.run_dir, "failure", f"{type(error).__name__}: {error}")
        sys.exit(1)
    server = ThreadingHTTPServer(("127.0.0.1", 0), Requests)
    write(arguments.run_dir, "port", str(server.server_port))
    server.serve_forever()


def prepare(model_dir):
    if os.environ.get("HF_MODEL_ID"):
        import hugging_face

        hugging_face.download(model_dir)
    requirements = os.path.join(model_dir, "code", "requirements.txt")
    if os.path.isfile(requirements):
        subprocess.run([sys.executable, "-m", "pip", "install", "-r", requirements], check=True)
    from handler import Handler

    return Handler(model_dir)


def write(folder, name, text):
    temporary = os.path.join(folder, f"{name}.tmp")
    with open(temporary, "w", encoding="utf-8") as file:
        file.write(text)
    os.replace(temporary, os.path.join(folder, name))


def end_with(folder):
    """Ends this process once its folder is gone: nobody could find it any more to end it."""
    while os.path.isdir(folder):
        time.sleep(2)
    os._exit(0)


if __name__ == "__main__":
    main()
