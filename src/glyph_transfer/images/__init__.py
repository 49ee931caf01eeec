"""Image files in, sets of images out."""
