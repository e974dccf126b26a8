"""The server that a class uses, if it outgrows the embedded one.

`shared_server` starts the one with PostgreSQL and accounts of `docker-compose.yml`, and `accounts`
makes its accounts.
"""
