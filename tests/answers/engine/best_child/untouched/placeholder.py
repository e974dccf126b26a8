"""Three dots in place of the function's lines."""


def execute_tuning(test_no, param1_choices=(), param2_choices=(), test_identifier=""): ...
