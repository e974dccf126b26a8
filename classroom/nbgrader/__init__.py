"""nbgrader's settings for the course's exercises, and a page on how to grade with them."""
