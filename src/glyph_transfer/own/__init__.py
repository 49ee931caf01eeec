"""One's own images: which source and recipe to use, what to expect of them, what to do next."""
