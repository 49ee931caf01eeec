"""No store."""
