"""A first line, and nothing below it yet."""


def execute_tuning(
    test_no, param1_choices=(), param2_choices=(), test_identifier="", num_child_runs=5
):
    """Log one parent run with its children."""
