"""The evolutionary search for hyper-parameters, and its trials."""
