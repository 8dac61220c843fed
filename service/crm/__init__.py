"""Payloads of CRMs to facts: pure."""
