"""Caught by accepts_parameters: Found: a value of type `NoneType`

`check(execute_tuning(0))`: what the call returned.

Cause: no function.
"""

execute_tuning = None
