"""What the exercise of lesson 01 says to one particular cause: where to look, and hints."""

ERRORS = {
    "IndexError": (
        "the search: it found no run, so there is no first row",
        (
            "Your run should be among those that the search finds. Is it?",
            "Has your run the name that you search for? Both are the variable `run_name`.",
            "`mlflow.start_run(run_name=run_name)` logs under that name, and the filter is "
            "`f\"attributes.run_name = '{run_name}'\"`.",
        ),
    ),
    "mlflow.exceptions.MlflowException": (
        "the call that this sentence of MLflow's is about: often a filter or an order",
        (
            "MLflow did not understand something. Its sentence says what.",
            "In a filter, the name of a run is `attributes.run_name`, and a text has single quotes "
            "around it.",
            "`filter_string=f\"attributes.run_name = '{run_name}'\"` and "
            '`order_by=["metrics.metric1"]`.',
        ),
    ),
}

FILTER = "the filter: it has to keep the runs of this name alone"
BY_NAME = (
    "The experiment holds runs of other names as well. What keeps them out of your table?",
    "`filter_string=…` takes a condition on `attributes.run_name`. `tags.mlflow.runName` is the "
    "same name.",
    "`filter_string=f\"attributes.run_name = '{run_name}'\"`: an f-string puts the name in, "
    "between single quotes.",
)
ORDER = "the order: which run stands in the first row of your table"
BY_METRIC = (
    "An older run of the same name may be better than yours. Which one is in your first row?",
    "Without an order, `mlflow.search_runs` puts the newest run first.",
    '`order_by=["metrics.metric1"]` puts the lowest value first, `["metrics.metric1 DESC"]` the '
    "highest.",
)
