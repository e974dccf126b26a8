"""What authors run: it makes what is derived, and drives what a test cannot do by itself."""
