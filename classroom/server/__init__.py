"""Run the server for a class that needs more than the default one.

`shared_server` starts the server of `docker-compose.yml` in this folder, with PostgreSQL and
accounts. `accounts` creates the accounts. `dumps` keeps and restores the server's data.
"""
