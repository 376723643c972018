"""Ask the running process on this machine whether it is ready."""

from http.client import HTTPConnection, HTTPException

from bot.kernel.errors import OperatorFacing

WITHIN_S = 5.0
EVERY_ADDRESS = "0.0.0.0"  # noqa: S104 - not listened on here, but recognized
NOT_OPEN = (
    "Nothing can be asked, because MONITOR_PORT is not set; set it to a port, such as 9464, where "
    "Cairn runs and here"
)


def ask_health(host: str, port: int | None) -> str:
    """Say that the process is ready, and what else is wrong.

    Raises OperatorFacing where it is not ready, or is not there.
    """
    if not port:
        raise OperatorFacing(NOT_OPEN, permanent=True)
    host = "127.0.0.1" if host == EVERY_ADDRESS else host
    connection = HTTPConnection(host, port, timeout=WITHIN_S)
    try:
        connection.request("GET", "/readyz")
        answer = connection.getresponse()
        said = answer.read(500).decode(errors="replace").strip()
    except (OSError, HTTPException) as failure:
        raise OperatorFacing(
            f"Cairn does not answer on {host}:{port} ({type(failure).__name__}); see its log"
        ) from None
    finally:
        connection.close()
    if answer.status != 200:
        raise OperatorFacing(f"Cairn is not ready: {said}")
    return f"Cairn is {said.removesuffix('.')}."
