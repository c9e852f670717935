"""Every request passes here: understood, authorized, checked, answered by moto, edited, recorded. One at a time."""

import io
import os
import signal
import threading
import traceback
from typing import Any

from moto.core import DEFAULT_ACCOUNT_ID
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app

import authorization
import calls
import control
import forks
from calls import Call, Request
from rules import AFTER, BEFORE, Fault
from state import STATE

Answer = tuple[int, dict[str, str], bytes]
assert DEFAULT_ACCOUNT_ID == "123456789012"


class Last(list):
    """The answer after which the process ends."""

    def close(self) -> None:
        os._exit(0)


class Gateway:
    """The WSGI application. The lock makes every fork a copy between two calls."""

    def __init__(self) -> None:
        self.moto = DomainDispatcherApplication(create_backend_app)
        self.lock = threading.Lock()

    def __call__(self, environ: dict[str, Any], start_response: Any) -> list[bytes]:
        request = Request(environ, _read(environ))
        with self.lock:
            if control.concerns(request):
                status, headers, body = control.handle(self, request)
            else:
                status, headers, body = self._handle(request)
        if status == 0:
            forks.wait_for_hangup(environ)
            status = 503
        length = str(len(body))
        if request.method == "HEAD":
            # The length of what a GET would bring.
            length = headers.get("Content-Length", length)
            body = b""
        dropped = ("content-length", "connection", "status")
        kept = [(name, value) for name, value in headers.items() if name.lower() not in dropped]
        start_response(f"{status} -", [*kept, ("Content-Length", length)])
        return Last([body]) if STATE.stopping else [body]

    def ask(self, service: str, action: str, **params: Any) -> dict[str, Any]:
        """A call of the emulator's own, unrecorded and not subject to IAM."""
        call, _ = calls.request_of(service, action, params)
        status, headers, body = self._answer(call, call.request)
        result = call.result(status, headers, body)
        if status >= 400:
            raise Fault(result["Error"]["Code"], result["Error"].get("Message", ""), status)
        return result

    def _handle(self, request: Request) -> Answer:
        protocol = "rest-xml"
        call, error = None, None
        try:
            call = calls.parse(request)
            if call is None:
                return self._moto(request)
            protocol = call.protocol
            authorization.authenticate(call)
            authorization.authorize(call)
            injected = _inject(call)
            answer = call.answer(injected) if injected else self._answer(call, request)
            if answer[0] >= 400:
                error = call.result(*answer).get("Error", {}).get("Code", str(answer[0]))
        except Fault as fault:
            error = fault.code
            answer = calls.fault_answer(protocol, fault)
        except Exception as failure:
            # Not a 500, which clients would try again.
            traceback.print_exc()
            error = "EmulatorFailure"
            answer = calls.fault_answer(protocol, Fault(error, f"{type(failure).__name__}: {failure}"))
        if call is not None:
            return self._record(call, error, answer)
        return answer

    def _answer(self, call: Call, request: Request) -> Answer:
        for rule in BEFORE[call.service, call.action]:
            result = rule(self, call)
            if result is not None:
                return call.answer(result)
        if call.service == "ec2" and call.params.get("DryRun"):
            raise Fault("DryRunOperation", "Request would have succeeded, but DryRun flag is set.", 412)
        status, headers, body = self._moto(request)
        rules = AFTER[call.service, call.action]
        if status < 300 and rules:
            result = call.result(status, headers, body)
            for rule in rules:
                rule(self, call, result)
            status, headers, body = call.answer(result)
        return status, headers, body

    def _moto(self, request: Request) -> Answer:
        environ = {
            "SERVER_NAME": "127.0.0.1",
            "SERVER_PORT": "80",
            "SERVER_PROTOCOL": "HTTP/1.1",
            "HTTP_HOST": "127.0.0.1",
            "wsgi.url_scheme": "http",
            "wsgi.version": (1, 0),
            "wsgi.errors": io.StringIO(),
            "wsgi.multithread": True,
            "wsgi.multiprocess": False,
            "wsgi.run_once": False,
            "SCRIPT_NAME": "",
            **request.environ,
            "wsgi.input": io.BytesIO(request.body),
            "CONTENT_LENGTH": str(len(request.body)),
        }
        started: list[Any] = []
        try:
            chunks = self.moto(environ, lambda status, headers, _=None: started.extend((status, headers)))
            body = b"".join(chunks)
        except NotImplementedError as error:
            raise Fault("EmulatorUnsupported", f"the emulator cannot do this: {error}", 400) from error
        status = int(started[0].split()[0])
        headers = dict(started[1])
        if status == 500 and "html" in headers.get("Content-Type", ""):
            raise Fault("EmulatorUnsupported", f"the emulator failed: {_exception(body)}", 400)
        return status, headers, body

    def _record(self, call: Call, error: str | None, answer: Answer) -> Answer:
        record = {
            "service": call.service,
            "action": call.action,
            "mutating": call.mutating,
            "error": error,
            "principal": call.principal,
            "needed": call.needed,
        }
        STATE.calls.append(record)
        if not call.mutating or error:
            return answer
        if STATE.snapshot_each_change:
            number = len(STATE.snapshots) + 1
            STATE.snapshots.append({"number": number, "call": record, "endpoint": forks.fork(self)})
        if STATE.kill:
            STATE.kill["left"] -= 1
            if STATE.kill["left"] <= 0:
                group, STATE.kill = STATE.kill["pgid"], None
                os.killpg(group, signal.SIGKILL)
                return 0, {}, b""
        return answer


def _inject(call: Call) -> dict[str, Any] | None:
    """An answer that is to be given instead, if any."""
    for failure in STATE.failures:
        if failure["action"] == call.action and failure["times"] > 0:
            failure["times"] -= 1
            if "answer" in failure:
                return failure["answer"]
            raise Fault(failure["code"], failure.get("message", "Injected."), failure.get("status", 400))
    return None


def _read(environ: dict[str, Any]) -> bytes:
    stream = environ["wsgi.input"]
    if environ.get("wsgi.input_terminated"):
        return stream.read()
    return stream.read(int(environ.get("CONTENT_LENGTH") or 0))



def _exception(page: bytes) -> str:
    text = page.decode(errors="replace")
    title = text[text.find("<title>") + 7 : text.find("</title>")]
    return " ".join(title.split())[:300]
