"""The hints for each requirement of the challenge, from a nudge to nearly there."""

from __future__ import annotations

START = "start"  # nothing of the three tasks is there yet
_HAND_BACK = (
    "Only `log_run` knows what its child run logged. Let it return those values, and let "
    "`execute_tuning` use them to keep track of the best."
)
_KEEP = (
    "`starmap` yields what each call returns. `consume` throws that away; `list(…)` keeps it, one "
    "entry for each child run."
)

HINTS: dict[str, tuple[str, ...]] = {
    START: (
        _HAND_BACK,
        _KEEP,
        "Return a tuple with `metric1` in front, such as `(metric1, param1, param2)`. Tuples are "
        "compared by their first item, so `min` of the list is the best child's. A loop that "
        "remembers the least so far does as well.",
        "Inside the parent's `with` block, after the child runs: `mlflow.log_metric` once for "
        "`best_metric1`, `mlflow.log_param` twice. For the third task, `execute_tuning` gets "
        "`num_child_runs=5` as its last parameter and hands it on to `generate_run_names`.",
    ),
    "accepts_parameters": (
        "The third task asks for one more parameter. Who calls `execute_tuning` without it must "
        "not notice.",
        "Leave the starter's parameters and their order as they are, and put the new one last, "
        "with the number that was built in so far as its default.",
        '`num_child_runs=5`, after `test_identifier=""`. Hand the function itself to `check`, '
        "without parentheses.",
    ),
    "runs_to_its_end": (
        "Read the sentence and the line of yours that the check shows. Then call `execute_tuning` "
        "in a cell of its own, with the same arguments.",
        "Would it do for a single child run? For choices that are not a to f? For two calls one "
        "after the other? In another experiment than this notebook's? The check tries them all.",
        "Two frequent ones: a run that starts inside another needs `nested=True`. And a parameter "
        "cannot be logged twice with two values, unlike a metric: log `best_param1` and "
        "`best_param2` once, after the last child run.",
    ),
    "logs_where_it_is_told": (
        "Who says where runs go: the function, or whoever calls it?",
        "`connect(…)` at the top of the notebook has said it. Inside `execute_tuning` and "
        "`log_run`, nothing about a server or an experiment is needed.",
        "Take `mlflow.set_experiment`, `mlflow.set_tracking_uri` and `experiment_id=…` out of both "
        "functions. If no run arrives at all: is there a `yield`, or a `starmap` that nothing "
        "goes through?",
    ),
    "one_parent": (
        "Which runs should stand at the top of the experiment? One for each call.",
        "A run becomes a child if it starts while its parent is active, with `nested=True`.",
        "One `with mlflow.start_run(run_name=…):` around everything else in `execute_tuning`, and "
        "`nested=True` in `log_run` only. In a thread of its own, a child run needs "
        "`parent_run_id=…` as well.",
    ),
    "exact_children": (
        "Each name becomes a child run. Who decides how many names there are?",
        "`generate_run_names` has a second parameter: 5, unless somebody says otherwise.",
        "`generate_run_names(test_no, num_child_runs)`. And a child run must have ended before the "
        "next one starts, or the next one hangs below it; the `with` block in `log_run` sees to "
        "that.",
    ),
    "all_finished": (
        "A run is active until something ends it. What ends this one?",
        "The end of a `with mlflow.start_run(…):` block does: as FINISHED, or as FAILED if an "
        "exception passes through it, even one that is caught further out.",
        "Without `with`, each `mlflow.start_run()` needs an `mlflow.end_run()`, and each "
        "`client.create_run()` a `client.set_terminated(run_id)`.",
    ),
    "within_choices": (
        "Where do the values come from that a child run logs?",
        "Not from lists inside `log_run`, but from the choices that `execute_tuning` was given. "
        "Both of them have to travel all the way.",
        "`random.choice(param1_choices)` is `param1`, `random.choice(param2_choices)` is `param2`, "
        "and `partial` hands on both lists.",
    ),
    "carries_identifier": (
        "The tag belongs on the parent run and on each of its child runs. Which of them lack it?",
        'The starter turns an empty identifier into `"default"` once, and uses that everywhere.',
        '`mlflow.set_tag("test_identifier", ident)` for the parent, `tag_ident=ident` for its '
        "child runs: the same `ident`.",
    ),
    "best_metric": (
        _HAND_BACK,
        _KEEP,
        "Compare what was found with the child runs in the MLflow UI: is it the least, of all "
        "child runs, of this call alone, not rounded? What remembers the best has to start afresh "
        "in each call.",
        "Take the `min` of the list, and log it as a metric (not as a parameter or a tag) inside "
        "the parent's `with` block, after the last child run.",
    ),
    "best_params": (
        _HAND_BACK,
        "A metric and two parameters make one result. Kept in three places, they come apart; kept "
        "in one tuple, they stay together.",
        "`metric1, param1, param2 = min(results)`, if `log_run` returns them in this order.",
        "Then log `param1` as `best_param1` and `param2` as `best_param2`, with `mlflow.log_param` "
        "and as they are, inside the parent's `with` block.",
    ),
}
