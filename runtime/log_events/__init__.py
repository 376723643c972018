"""All that Cairn logs: each event with its level and fields, what it says, and what to do then.

Code names an event where it logs one (`log.info("message_sent", workspace=…)`). A test holds every
such call against this list, and `runtime/logs.py` lets nothing else pass.
"""

from collections.abc import Mapping

from runtime.log_events.acts import ACTS
from runtime.log_events.deliveries import DELIVERIES
from runtime.log_events.loop import LOOP
from runtime.log_events.model import LogEvent
from runtime.log_events.process import PROCESS
from runtime.log_events.requests import REQUESTS

SECTIONS: Mapping[str, tuple[LogEvent, ...]] = {
    "The process": PROCESS,
    "Acts": ACTS,
    "Messages": DELIVERIES,
    "Requests from Slack": REQUESTS,
    "The loop": LOOP,
}
EVENTS: Mapping[str, LogEvent] = {one.name: one for of_one in SECTIONS.values() for one in of_one}
