"""The servers that a class uses.

`precheck` and `lesson_report` check one before class, with pytest and nbval. `shared_server` starts
the one with PostgreSQL and accounts of `docker-compose.yml`, and `accounts` makes its accounts.
"""
