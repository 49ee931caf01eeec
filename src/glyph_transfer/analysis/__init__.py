"""From predictions to tables: intervals, paired differences, claims, labels' worth."""
