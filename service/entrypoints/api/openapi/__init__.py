"""The OpenAPI document, and the samples in it."""
