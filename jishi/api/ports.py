"""What the API reaches besides the engine: the payment provider and the folder of files."""

from typing import NamedTuple

from jishi.ports.files import Files
from jishi.ports.pay import Pay


class Ports(NamedTuple):
    """Each may be missing: then what needs it is refused. return_urls: see `ApiSettings`."""

    pay: Pay | None = None
    files: Files | None = None
    return_urls: tuple[str, ...] = ()


NO_PORTS = Ports()
