"""What leaves the building: requests to subscribers and to the CRM, and only to addresses that anybody may reach."""
