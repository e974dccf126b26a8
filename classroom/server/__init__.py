"""The servers that a class uses.

`precheck` and `lesson_report` check one before class, with pytest and nbval. `shared_server` starts
the one with PostgreSQL and accounts of `docker-compose.yml`, `accounts` makes its accounts, and
`quick_permissions` runs inside it.
"""
