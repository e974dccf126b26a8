"""Side-by-side measurements of the course's work, servers and checks: `make bench`."""
