"""One thin program per pipeline stage; nothing in the library imports these."""
