"""Hands the messages of one POST to their session; a POST that is refused has started nothing."""

from collections.abc import Sequence
from typing import Any, Final

from mcp_types import JSONRPCNotification, JSONRPCRequest, RequestId

from tools.transport import wire
from tools.transport.caller import Caller
from tools.transport.outbox import Channel
from tools.transport.refusal import Refusal
from tools.transport.session import Call, Session

Calls = dict[Call, RequestId]
"""What is being served, and under which id."""

_BATCHING: Final = "2025-03-26"


def parse_batch(session: Session, decoded: list[Any]) -> list[wire.Message]:
    """The messages of a JSON-RPC batch, which 2025-03-26 brought and 2025-06-18 took away again.

    Raises:
        Refusal: another revision, an empty batch, or something in it that may not be there.
    """
    if session.connection.protocol_version != _BATCHING:
        raise wire.invalid(f"Batches belong to revision {_BATCHING} only: send one message per request")
    messages = [wire.parse(item) for item in decoded]
    if not messages:
        raise wire.invalid("The batch is empty: send at least one message")
    # 2025-03-26, basic/lifecycle: initialize must not be part of a batch.
    if any(isinstance(message, JSONRPCRequest) and message.method == "initialize" for message in messages):
        raise wire.invalid("initialize may not be part of a batch: send it alone")
    return messages


def dispatch(session: Session, messages: Sequence[wire.Message], *, caller: Caller, channel: Channel) -> Calls:
    """Start the requests among `messages` and act on the rest; returns the calls that owe an answer.

    Raises:
        Refusal: a request could not be started; those before it are cancelled.
    """
    calls: Calls = {}
    try:
        for message in messages:
            if isinstance(message, JSONRPCRequest):
                calls[session.start(message, caller, channel=channel)] = message.id
    except Refusal:
        # No await since the first start: not one of them has begun to run.
        for call in calls:
            call.cancel()
        raise
    for message in messages:
        if isinstance(message, JSONRPCNotification):
            session.notified(message, caller)
        elif not isinstance(message, JSONRPCRequest):
            session.answered(message)
    return calls
