"""Whether the application can serve: for load balancers and the start script."""

from starlette.concurrency import run_in_threadpool
from starlette.endpoints import HTTPEndpoint
from starlette.requests import Request
from starlette.responses import PlainTextResponse

from core.storage.heartbeats import database_answers


class Health(HTTPEndpoint):
    """200 while the database answers, else 503; no word on anything inside."""

    async def get(self, request: Request) -> PlainTextResponse:
        if await run_in_threadpool(database_answers):
            return PlainTextResponse("ok")
        return PlainTextResponse("the database does not answer", 503)
