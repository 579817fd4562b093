"""Is a plain request on its way through the fast lane, with all that its answer hangs on."""

from typing import NamedTuple

from mcp_types import RequestId

from tools.fast.letter import Letter
from tools.fast.question import Question
from tools.tool import Tool
from tools.transport.session import Session
from tools.transport.visit import Visit
from tools.view import View


class Inquiry(NamedTuple):
    """A plain request.

    Attributes:
        id: Its JSON-RPC id.
        question: What its body says.
        view: The tools that its address means.
        tool: The tool to call; None if the tools are to be listed.
        version: The protocol revision.
        visit: Who asks, and by what way.
        letter: What its head says.
        session: Whose it is; None on the stateless wire.
    """

    id: RequestId
    question: Question
    view: View
    tool: Tool | None
    version: str
    visit: Visit
    letter: Letter
    session: Session | None
