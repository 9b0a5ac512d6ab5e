"""The doors of the web application: its own routes, what stands before every request, its start."""

from starlette.middleware import Middleware
from starlette.routing import Route

from core.http.assets import CompressedScripts
from core.http.download import Download
from core.http.gate import Gate
from core.http.headers import SecurityHeaders
from core.http.health import Health
from core.http.pages import KnownPages
from core.http.passwords import ChangePassword
from core.http.sign_in import SignIn, SignOut
from core.http.start import lifespan
from core.http.upload import Upload

__all__ = ["MIDDLEWARE", "ROUTES", "lifespan"]

# Endpoint classes answer 405 to other methods; Streamlit's catch-all would answer with its page.
ROUTES = [
    Route("/sign-in", SignIn),
    Route("/sign-out", SignOut),
    Route("/change-password", ChangePassword),
    Route("/download/{token}", Download),
    Route("/upload", Upload),
    Route("/healthz", Health),
]
MIDDLEWARE = [
    Middleware(SecurityHeaders),
    Middleware(Gate),
    Middleware(KnownPages),
    Middleware(CompressedScripts),
]
