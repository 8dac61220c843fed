"""The ASGI application, for servers that want a name to import."""
