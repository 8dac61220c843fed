"""HubSpot: its events, what they change, and its signature."""
