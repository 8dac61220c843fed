"""The ASGI application by name, for servers that want one: ``uvicorn service.main:app``."""

from service import application
from service.logs import configure_logs
from service.settings import Settings

settings = Settings()
configure_logs(settings.log_level)
app = application.app(settings)
