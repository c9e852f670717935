"""Asks the balancer without a pause until the file is there, and then tells what happened: requests.py STOP_FILE PATIENCE

Each failure counts: a refused or broken connection, every answer but 200, and none within PATIENCE seconds. Nothing is asked
twice. The failures so far are in STOP_FILE.failures.
"""

import collections
import http.client
import json
import sys
import threading
import time
from pathlib import Path

CLIENTS = 8
# A person's pace would take hours; no pause at all would starve the nodes of the processor.
PAUSE = 0.005
# Not /health: that a node is draining is a right answer there.
PATHS = ("/api/live", "/metrics", "/", "/api/catalogue", "/api/info")

stop = Path(sys.argv[1])
so_far = stop.with_suffix(".failures")
patience = float(sys.argv[2])
lock = threading.Lock()
failures: list[str] = []
hosts: collections.Counter[str] = collections.Counter()
requests = 0


def ask(connection: http.client.HTTPConnection, path: str) -> None:
    global requests
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        body = answer.read()
        failure = "" if answer.status == 200 else f"{path}: {answer.status}"
    except (OSError, http.client.HTTPException) as error:
        connection.close()
        failure, body = f"{path}: {error!r}", b""
    with lock:
        requests += 1
        if failure:
            failures.append(f"{time.time():.3f} {failure}")
            so_far.write_text("\n".join(failures))
        elif path == "/api/live":
            hosts[json.loads(body)["host"]] += 1


def client() -> None:
    connection = http.client.HTTPConnection("127.0.0.1", 8000, timeout=patience)
    while not stop.exists():
        for path in PATHS:
            ask(connection, path)
            time.sleep(PAUSE)


threads = [threading.Thread(target=client) for _ in range(CLIENTS)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
print(json.dumps({"requests": requests, "failed": len(failures), "failures": failures[:10], "hosts": hosts}))
