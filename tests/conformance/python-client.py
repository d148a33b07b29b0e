"""Follows the event stream, from docs/protocol.md alone. Usage: python-client.py URL KEY

Prints every event as one line of JSON and comes back for ever; ends with 1 if the server says no.
"""
import http.client
import json
import random
import sys
import time
from urllib.parse import urlsplit

url, key = urlsplit(sys.argv[1]), sys.argv[2]
last_id, retry, failures = None, 1.0, 0


def frames(response):
    """Each ended frame as a list of (name, value)."""
    fields = []
    for raw in response:  # Hermes ends its lines with LF.
        line = raw.decode().rstrip("\n")
        if line:
            name, _, value = line.partition(":")
            fields.append((name, value.removeprefix(" ")))
        else:
            yield fields
            fields = []


def follow():
    """One stream, from asking for it to its end. Answers how long the server wants us to stay away, in seconds."""
    global last_id, retry, failures
    headers = {"Authorization": "Bearer " + key, "Accept": "text/event-stream"}
    if last_id is not None:
        headers["Last-Event-ID"] = last_id
    connection = http.client.HTTPConnection(url.netloc, timeout=10)
    connection.request("GET", url.path + ("?" + url.query if url.query else ""), headers=headers)
    response, began = connection.getresponse(), time.monotonic()
    if response.status in (400, 401, 403, 404, 405, 406):
        sys.exit(f"Refused: {response.status} {response.read().decode()}")
    if response.status != 200:
        return 30.0 if b"SSE_DISABLED" in response.read() else float(response.getheader("Retry-After", 0))
    for fields in frames(response):
        frame = dict(fields)
        if "retry" in frame:
            retry = int(frame["retry"]) / 1000
        if "data" in frame:
            event, data = frame.get("event", "message"), json.loads(frame["data"])
            if event == "connected":
                connection.sock.settimeout(2.5 * data["heartbeat_interval"])
            if event == "reset" or (event == "connected" and not data["recovered"]):
                last_id = None
            print(json.dumps({"id": frame.get("id"), "event": event, "data": data}), flush=True)
            if event in ("draining", "auth_expired"):
                return data["retry_after_ms"] / 1000
        last_id = frame.get("id", last_id)
        if time.monotonic() - began > 5:
            failures = 0
    return 0.0


while True:
    try:
        pause = follow()
    except (OSError, http.client.HTTPException):
        pause = 0.0
    time.sleep(max(pause, random.uniform(0, min(15.0, retry * 2**failures))))
    failures = min(failures + 1, 10)
