from tests.entrypoints.conftest import api, fresh_api

__all__ = ["api", "fresh_api"]
