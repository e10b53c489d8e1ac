"""The records as an auditor sees them."""
