"""A service on this machine that replays what LegiScan and Open States reply, and misbehaves when told to."""

import base64
import io
import json
import threading
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from random import Random
from typing import Any
from urllib.parse import parse_qs, urlsplit

SESSION = {"session_id": 5, "year_start": 2025, "year_end": 2026, "session_name": "2025-2026 Regular Session"}


def bill(number: int, note: str = "introduced") -> dict[str, Any]:
    return {
        "bill_id": number,
        "change_hash": f"{number}-{note}",
        "session_id": 5,
        "session": SESSION,
        "state": "MI",
        "bill_number": f"HB{number:04}",
        "bill_type": "B",
        "body": "H",
        "title": f"Attendance {number}",
        "status": 1,
        "status_date": "2025-02-01",
        "progress": [{"date": "2025-02-01", "event": 1}],
        "history": [{"date": "2025-02-01", "action": note, "chamber": "H"}],
        "sponsors": [{"people_id": 900 + number % 3, "name": f"Member {number % 3}", "sponsor_type_id": 1}],
        "votes": [
            {"roll_call_id": 5000 + number, "date": "2025-03-01", "desc": "Third reading", "yea": 2, "nay": 1}
        ]
        if number % 4 == 0
        else [],
    }


class Service:
    """What it knows, and how often it fails: shares of 429, of dropped and of broken answers."""

    def __init__(self) -> None:
        self.bills = {number: bill(number) for number in range(1, 9)}
        self.sessions = [SESSION, {**SESSION, "session_id": 4, "session_name": "2023 Regular Session",
                                   "year_start": 2023, "year_end": 2024}]  # fmt: skip
        self.dataset: dict[int, dict[str, Any]] | None = None
        """The bills of the dataset, where they are not those of now; and the day on which it was made."""
        self.dataset_date = "2026-03-01"
        self.zip: bytes | None = None
        self.texts: dict[int, bytes] = {}
        self.pages: list[list[dict[str, Any]]] = []
        self.faults = 0.0
        self.random = Random(7)
        self.asked: list[str] = []
        self.lists: list[str] = []
        self.url = ""
        self.redirect = ""
        self.bulk = b""

    def legiscan(self, query: dict[str, str]) -> dict[str, Any]:  # noqa: C901, PLR0911  # One answer for each question.
        if query.get("key") != "right":
            return {"status": "ERROR", "alert": {"message": "Invalid key"}}
        self.asked.append(query["op"])
        self.lists += [query.get("id", query.get("state", ""))] if query["op"] == "getMasterListRaw" else []
        if query["op"] == "getMasterListRaw":
            rows = {
                str(place): {
                    "bill_id": each["bill_id"],
                    "number": each["bill_number"],
                    "change_hash": each["change_hash"],
                }
                for place, each in enumerate(self.bills.values())
            }
            return {"status": "OK", "masterlist": {"session": self.sessions[0], **rows}}
        if query["op"] == "getBill":
            return {"status": "OK", "bill": self.bills[int(query["id"])]}
        if query["op"] == "getBillText":
            page = self.texts[int(query["id"])]
            doc = {"doc_id": int(query["id"]), "mime": "text/html", "doc": base64.b64encode(page).decode()}
            return {"status": "OK", "text": doc}
        if query["op"] == "getRollCall":
            votes = [{"people_id": 900 + place, "vote_id": 1 + place % 2} for place in range(3)]
            number = int(query["id"])
            return {
                "status": "OK",
                "roll_call": {
                    "roll_call_id": number,
                    "bill_id": number - 5000,
                    "date": "2025-03-01",
                    "desc": "Third reading",
                    "yea": 2,
                    "nay": 1,
                    "votes": votes,
                },
            }
        if query["op"] == "getSessionList":
            return {"status": "OK", "sessions": self.sessions}
        if query["op"] == "getDatasetList":
            row = {"session_id": 5, "access_key": "k", "dataset_date": self.dataset_date}
            return {"status": "OK", "datasetlist": [row]}
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w") as archive:
            for each in (self.bills if self.dataset is None else self.dataset).values():
                archive.writestr(f"MI/2025/bill/{each['bill_number']}.json", json.dumps({"bill": each}))
        whole = out.getvalue() if self.zip is None else self.zip
        return {"status": "OK", "dataset": {"zip": base64.b64encode(whole).decode()}}

    def openstates(self, query: dict[str, str]) -> dict[str, Any]:
        page = int(query["page"])
        self.asked.append(f"page {page} since {query.get('updated_since', '')[:10]}")
        return {"results": self.pages[page - 1], "pagination": {"page": page, "max_page": len(self.pages)}}


def handler(service: Service) -> type[BaseHTTPRequestHandler]:  # noqa: C901  # One class.
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:  # As http.server calls it.
            if service.redirect:
                self.send_response(302)
                self.send_header("Location", service.redirect)
                self.end_headers()
                return
            if service.random.random() < service.faults:
                self._fail(service.random.randrange(4))
                return
            parts = urlsplit(self.path)
            query = {key: values[0] for key, values in parse_qs(parts.query).items()}
            if parts.path == "/bulk.zip":
                service.asked.append("bulk")
                self._send(200, service.bulk)
                return
            found = service.openstates(query) if parts.path.endswith("/bills") else service.legiscan(query)
            self._send(200, json.dumps(found).encode())

        def _fail(self, how: int) -> None:
            if how == 0:
                self._send(429, b"slow down", [("Retry-After", "0")])
            elif how == 1:
                self._send(502, b"<html>Bad Gateway</html>")
            elif how == 2:
                self.send_response(200)
                self.send_header("Content-Length", "5000")
                self.end_headers()
                self.wfile.write(b'{"status": "OK", ')
            self.close_connection = True

        def _send(self, status: int, body: bytes, headers: list[tuple[str, str]] | None = None) -> None:
            self.send_response(status)
            for name, value in headers or []:
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_args: object) -> None:
            """Quiet."""

    return Handler


@contextmanager
def serving() -> Iterator[Service]:
    service = Service()
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler(service))
    service.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield service
    finally:
        server.shutdown()
        server.server_close()
