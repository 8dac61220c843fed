"""The OpenAPI document: what routes say of themselves, the samples in it, and how it is built."""
