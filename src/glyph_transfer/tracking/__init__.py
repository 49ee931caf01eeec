"""What the stages did, as files and as MLflow runs."""
