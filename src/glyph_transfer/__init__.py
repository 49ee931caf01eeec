"""Which source to transfer from, what to freeze, and what it buys."""
