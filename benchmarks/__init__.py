"""How fast the program is, beside what a user would write: one program a question."""
