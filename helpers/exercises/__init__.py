"""The lessons' exercises: what they share, and a file for each of them."""
