"""What the provider is told at its start."""

from pathlib import Path

from msgspec import Struct

SECRET_LENGTH_MIN = 16
# Our default: quick at first, then patient; bounded. The sum is about four and a half hours.
RETRY_DELAYS_MS = (500, 2_000, 5_000, 10_000, 30_000, 60_000, 300_000, 1_800_000, 3_600_000, 3_600_000, 3_600_000)


class Settings(Struct, frozen=True, kw_only=True):
    """`file` is the SQLite database; the RSA key lies beside it as `<file>.key.pem`.

    stop_with_stdin: end when standard input ends, so that nothing is left behind when whoever started us is killed.
    """

    port: int
    file: Path
    secret: str
    host: str = "127.0.0.1"
    merchant: str = "jishi"
    notify_url: str | None = None
    allow_double: bool = False
    retry_delays_ms: tuple[int, ...] = RETRY_DELAYS_MS
    notice_timeout_ms: int = 5_000
    hold_ms: int = 2_000
    stop_with_stdin: bool = False

    def __repr__(self) -> str:
        return f"Settings(port={self.port}, file={self.file}, merchant={self.merchant!r})"

    @property
    def key_file(self) -> Path:
        return self.file.with_name(self.file.name + ".key.pem")


def read_secret(path: Path) -> str:
    """The secret that merchant and provider share; raises ValueError saying what to do."""
    try:
        secret = path.read_text(encoding="utf-8").strip()
    except OSError as error:
        raise ValueError(f"Cannot read the secret file {path}: {error.strerror}. Create it first.") from error
    if len(secret) < SECRET_LENGTH_MIN:
        raise ValueError(f"The secret in {path} is shorter than {SECRET_LENGTH_MIN} characters. Write a longer one.")
    return secret
