"""HTTP/1.1 of uvicorn, for clients that break off an exchange in the middle.

uvicorn refuses what is no HTTP by an answer with a text, whatever its other answer is doing. An answer that has begun
cannot begin again, one that is still being made cannot be sent behind the refusal, and to HEAD no text may be sent:
each ended in a traceback.
"""

from __future__ import annotations

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

NOT_BEGUN = (h11.IDLE, h11.SEND_RESPONSE)
"""States in which an answer, here the refusal, may begin."""


class Protocol(H11Protocol):
    """One connection; at most one answer to each request."""

    def send_400_response(self, msg: str) -> None:
        """Refuse what is no HTTP and close the connection; without a refusal where an answer has begun."""
        asked = self.cycle if self.cycle is not None and not self.cycle.response_complete else None
        if asked is not None:
            # Nothing more of the application's answer is sent, and it is told that its client is gone.
            asked.disconnected = True
            asked.message_event.set()
        if self.conn.our_state in NOT_BEGUN:
            headers = [("content-type", "text/plain; charset=utf-8"), ("connection", "close")]
            head = h11.Response(status_code=400, headers=headers, reason="Bad Request")
            is_head = asked is not None and asked.scope["method"] == "HEAD"
            for event in (head, h11.Data(data=b"" if is_head else msg.encode("ascii")), h11.EndOfMessage()):
                self.transport.write(self.conn.send(event) or b"")
        self.transport.close()

    def _unsupported_upgrade_warning(self) -> None:
        """Answer a request for another protocol as if it had not asked, without the two lines of uvicorn's log."""
