"""The model behind HTTP: what the tests of the rules are themselves tested against (model_test.py)."""
import http.server
import json
import threading
import time
import urllib.parse

import schema


class Fake:
    """Serves routes: {prefix: model}; knows the tokens that its issuer made."""

    def __init__(self, issuer, routes):
        fake = self
        self.host, self.lock, self.issuer, self.routes = "127.0.0.1", threading.Lock(), issuer, routes

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            wbufsize = -1  # head and body in one packet

            def answer(self):
                size = int(self.headers.get("Content-Length") or 0)
                status, reply = fake.reply(self.command, self.path, self.rfile.read(size), self.headers.get("Authorization") or "")
                data = json.dumps(reply).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)
            do_GET = do_PUT = do_POST = do_DELETE = answer

            def log_message(self, *args):
                pass

        class Many(http.server.ThreadingHTTPServer):
            daemon_threads, request_queue_size = True, 64
        self.server = Many(("127.0.0.1", 0), Handler)
        self.port = self.server.server_port
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()

    def reply(self, method, path, body, authorization):
        known = {"Bearer " + token: name for name, token in self.issuer.made.items()}
        for prefix, model in self.routes.items():
            if not path.startswith(prefix + "/") or schema.template(method, path) is None:
                continue
            if len(body) > 4 << 20:
                return 413, {"message": "too long"}
            if authorization not in known:
                return 401, {"message": "token"}
            sub, scope = known[authorization]
            with self.lock:
                path, _, query = path[len(prefix):].partition("?")
                parts = [urllib.parse.unquote(p) for p in path[1:].split("/")]
                return model.plan(method, parts, body or query, sub, scope.split(), int(time.time() * 1e6)).answer()
        return 404, {"message": "no such route"}

    def __enter__(self):
        return self

    def __exit__(self, *args):
        self.server.shutdown()
        self.server.server_close()
