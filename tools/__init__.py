"""Generate derived files, and drive browsers, servers and containers for tests: authors' tools."""
