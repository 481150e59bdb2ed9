"""A subscriber as a program of its own: verifies what it is sent and keeps it; a file tells it how to behave.

`python -m tests.service.receiver PORT SECRET FOLDER`: `FOLDER/mood` says ok, fail, gone, hang, trickle or forget (keeps
the message, but answers nothing); each message is a line of `FOLDER/kept`.
"""

import json
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from service.subscriptions.signing import verify


class Receiver(BaseHTTPRequestHandler):
    secret, folder = "", Path()

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        mood = (self.folder / "mood").read_text("utf-8")
        (self.folder / f"met-{mood}").touch()
        if mood == "hang":
            time.sleep(60)
        if mood == "trickle":
            for _ in range(600):
                self.wfile.write(b"H")
                time.sleep(0.1)
        if mood in ("ok", "forget"):
            self.keep(body)
        if mood == "forget":
            time.sleep(60)
        self.send_response({"fail": 500, "gone": 410}.get(mood, 204))
        self.end_headers()

    def keep(self, body: bytes) -> None:
        headers = {name.lower(): value for name, value in self.headers.items()}
        message = verify(headers, body, self.secret)
        kept = {"id": message, "type": headers["content-type"], "events": json.loads(body)}
        with (self.folder / "kept").open("a", encoding="utf-8") as file:
            file.write(json.dumps(kept) + "\n")

    def log_message(self, *_: object) -> None:
        pass


if __name__ == "__main__":
    Receiver.secret, Receiver.folder = sys.argv[2], Path(sys.argv[3])
    ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Receiver).serve_forever()
