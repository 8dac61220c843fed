"""Salesforce: outbound messages, change events, what they change, and its identifiers."""
