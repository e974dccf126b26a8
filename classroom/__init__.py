"""What instructors run; no lesson imports it."""
