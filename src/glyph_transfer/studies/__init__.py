"""What a study does: variants, their replicates, and the results of its cells."""
