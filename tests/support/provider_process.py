"""Starts a real provider as a process of its own on a free loopback port, for any test that needs money."""

import os
import secrets
import signal
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from tests.support.ports import free_port

START_S = 20.0
ROOT = Path(__file__).resolve().parents[2]


@dataclass
class ProviderProcess:
    """`start` and `stop` (or `kill`) as often as wished: the file, the key, the secret and the port stay the same.

    As a context manager it starts and stops once.
    """

    folder: Path
    options: tuple[str, ...] = ()
    merchant: str = "jishi"
    secret: str = field(default_factory=lambda: secrets.token_hex(16), repr=False)
    port: int = field(default_factory=free_port)
    process: subprocess.Popen[bytes] | None = None

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def log_text(self) -> str:
        return (self.folder / "provider.log").read_text()

    def start(self) -> "ProviderProcess":
        """Returns once it answers; raises RuntimeError with its output otherwise."""
        secret_file = self.folder / "provider.secret"
        secret_file.write_text(self.secret)
        command = [sys.executable, "-m", "jishi.provider", "--port", str(self.port), "--merchant", self.merchant,
                   "--file", str(self.folder / "provider.sqlite"), "--secret-file", str(secret_file),
                   *self.options]  # fmt: skip
        with (self.folder / "provider.log").open("ab") as log:
            self.process = subprocess.Popen(command, stdout=log, stderr=log, env=os.environ | {"PYTHONPATH": str(ROOT)})
        self._await_health()
        return self

    def __enter__(self) -> "ProviderProcess":
        return self.start()

    def __exit__(self, *error: object) -> None:
        self.stop()

    def _await_health(self) -> None:
        assert self.process is not None
        deadline = time.monotonic() + START_S
        with httpx.Client(base_url=self.base_url, trust_env=False, timeout=1) as client:
            while time.monotonic() < deadline and self.process.poll() is None:
                try:
                    if client.get("/healthz").is_success:
                        return
                except httpx.TransportError:
                    self._await_exit(0.05)
        self.kill()
        raise RuntimeError(f"The provider did not start:\n{self.log_text}")

    def _await_exit(self, limit_s: float) -> None:
        """Between two questions: returns at once if the process has died."""
        assert self.process is not None
        with suppress(subprocess.TimeoutExpired):
            self.process.wait(limit_s)

    def stop(self) -> int:
        """Politely; the exit code."""
        return self._end(signal.SIGTERM)

    def kill(self) -> int:
        """As a power cut would."""
        return self._end(signal.SIGKILL)

    def _end(self, number: int) -> int:
        process, self.process = self.process, None
        if process is None:
            return 0
        process.send_signal(number)
        return process.wait(timeout=10)

    def steer(self, path: str, **fields: Any) -> dict[str, Any]:
        """POST to one of the handles: /v1/behaviour, /v1/clock, /v1/notices, /v1/payments/{txn}/reverse …"""
        headers = {"authorization": f"Bearer {self.secret}"}
        response = httpx.post(self.base_url + path, json=fields, headers=headers, trust_env=False, timeout=10)
        response.raise_for_status()
        return response.json()

    def behave(self, **fields: Any) -> dict[str, Any]:
        """Sets the behaviour, of one trade with `trade_no=`, of one payout with `payout_no=`, else of all."""
        return self.steer("/v1/behaviour", **fields)

    def notices(self, subject: str) -> list[dict[str, Any]]:
        """The provider's own delivery log of a trade or payout number."""
        headers = {"authorization": f"Bearer {self.secret}"}
        response = httpx.get(self.base_url + "/v1/notices", params={"subject": subject}, headers=headers,
                             trust_env=False, timeout=10)  # fmt: skip
        response.raise_for_status()
        return response.json()["notices"]

    def pay(self, params: dict[str, str]) -> httpx.Response:
        """Pays as a program does, with the port's `payment_params(ask)`."""
        return httpx.post(self.base_url + "/v1/payments/pay", json=params, trust_env=False, timeout=10)
