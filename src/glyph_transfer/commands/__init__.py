"""What is typed beside the pipeline: gate, reproduce, summary, readme."""
