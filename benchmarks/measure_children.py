"""Sections 2 and 4: one child in each way of logging it, and on servers that hold many runs."""

from __future__ import annotations

from collections import defaultdict
from contextlib import ExitStack
from statistics import median

from benchmarks import growth
from benchmarks.processes import Server, Worker, course_server
from benchmarks.report import Goal, Section, ratio

COURSE, LIMIT = "the course's `log_run`", "the limit: MLflow's store alone, no HTTP"
THREADS = "the same requests, from two threads"
WAYS = {  # in this order, so that what is compared most is measured one right after the other
    LIMIT: "children.store_alone",
    COURSE: "children.helpers_log_run",
    THREADS: "children.overlapped",
    "the original's five calls": "children.five_calls",
    "`log_params` and `log_metrics`": "children.two_batches",
    "Optuna, nested runs by hand": "children.optuna_by_hand",
    "optuna-integration's `MLflowCallback`": "children.optuna_callback",
    "scikit-learn's autolog, `GridSearchCV`": "children.sklearn_autolog",
    "Optuna on `mlflow.optuna`'s `MlflowStorage`": "children.optuna_storage",
}
STORES = (100, 1_000, 10_000)


def children(rounds: int, size: int) -> Section:
    """Log `size` children in each way in turn, on one server."""
    seconds: defaultdict[str, list[float]] = defaultdict(list)
    with ExitStack() as stack:
        server = stack.enter_context(course_server())
        workers = {
            w: stack.enter_context(Worker(c, server.url, server.folder)) for w, c in WAYS.items()
        }
        missing = {way: package for way, worker in workers.items() if (package := worker.prepare())}
        workers = {way: worker for way, worker in workers.items() if way not in missing}
        requests = {way: requests_a_child(worker) for way, worker in workers.items()}
        for _ in range(rounds):
            for way, worker in workers.items():
                seconds[way].append(1000 * worker.work(size)["seconds"] / size)
    times = {way: median(values) for way, values in seconds.items()}
    shares = {way: ratio(values, seconds[COURSE]) for way, values in seconds.items()}
    rows = [
        [way, f"{times[way]:.1f}", f"{min(seconds[way]):.1f} … {max(seconds[way]):.1f}",
         f"{requests[way]:.1f}".removesuffix(".0"), f"{shares[way]:.2f}"]
        for way in workers
    ]  # fmt: skip
    rows += [
        [way, f"missing: {package} is not installed", "", "", ""]
        for way, package in missing.items()
    ]
    return Section(
        "2. A child",
        f"One parent with {size} children in each way, on the course's embedded server; "
        f"n = {rounds}. Requests: what one child more costs.",
        [(["way", "ms a child", "range", "requests", "times the course's"], rows)],
        child_goals(times, shares, requests),
        notes=[
            "`MlflowStorage` reads all of its trials again for each: it grows with their number."
        ],
    )


def requests_a_child(worker: Worker) -> float:
    """Return the requests of one child, those of its parent aside."""
    few, many = worker.work(4)["requests"], worker.work(8)["requests"]
    return (many - few) / 4


def child_goals(
    times: dict[str, float], shares: dict[str, float], requests: dict[str, float]
) -> list[Goal]:
    peers = [time for way, time in times.items() if way not in {COURSE, THREADS, LIMIT}]
    above = 1 / shares[LIMIT]
    return [
        Goal("a child: 3 requests", f"{requests[COURSE]:.0f}", requests[COURSE] == 3),
        Goal("a child: ahead of every peer", f"{times[COURSE]:.1f} ms, then {min(peers):.1f} ms",
             times[COURSE] < min(peers), "see the table"),
        Goal("a child: within 1.6 times the limit", f"{above:.2f} times", above <= 1.6,
             f"{times[LIMIT]:.1f} ms are the store's; the other {times[COURSE] - times[LIMIT]:.1f} "
             "are 3 requests of MLflow's client and server, which a second thread hides only "
             f"down to {times[THREADS]:.1f} ms"),
    ]  # fmt: skip


def growing(rounds: int, size: int) -> Section:
    """Measure on servers that hold few and many runs, in turn."""
    ms: defaultdict[tuple[str, int], list[float]] = defaultdict(list)
    with ExitStack() as stack:
        servers = {runs: stack.enter_context(course_server()) for runs in STORES}
        workers = {runs: ask(stack, server, runs) for runs, server in servers.items()}
        requests = workers[STORES[-1]]["best"].work(25)["requests"]
        for _ in range(rounds):
            for runs, asked in workers.items():
                ms["child", runs].append(1000 * asked["log"].work(size)["seconds"] / size)
                for question in ("best", "read"):
                    ms[question, runs].append(1000 * asked[question].work(25)["seconds"])
            for family in growth.FAMILIES:
                for question in ("best", "read"):
                    seconds = workers[STORES[-1]][question].work(family)["seconds"]
                    ms[f"{question} of", family].append(1000 * seconds)
    return growth_section({key: median(values) for key, values in ms.items()}, requests, rounds)


def ask(stack: ExitStack, server: Server, runs: int) -> dict[str, Worker]:
    """Log one tuning, copy it until there are `runs` runs, and return a worker a question."""
    workers = {}
    for question in ("log", "best", "read"):
        worker = stack.enter_context(Worker(f"growth.{question}", server.url, server.folder))
        worker.prepare()
        worker.work(25)
        if question == "log":
            growth.fill(server.folder / "mlflow.db", runs)
        workers[question] = worker
    return workers


def growth_section(ms: dict[tuple[str, int], float], requests: float, rounds: int) -> Section:
    questions = {
        "child": "a child, ms",
        "best": "`best_child` of 25, ms",
        "read": "`children` of 25, ms",
    }
    rows = [[f"{runs:,}", *(f"{ms[q, runs]:.1f}" for q in questions)] for runs in STORES]
    family = [
        [f"{size:,}", f"{ms['best of', size]:.1f}", f"{ms['read of', size]:.1f}",
         f"{1000 * ms['read of', size] / size:.0f}"]
        for size in growth.FAMILIES
    ]  # fmt: skip
    few, many = STORES[0], STORES[-1]
    grown = {question: ms[question, many] / ms[question, few] for question in questions}
    least, most = growth.FAMILIES[0], growth.FAMILIES[-1]
    linear = (ms["read of", most] / ms["read of", least]) / (most / least)
    return Section(
        "4. Growth",
        f"Servers that hold 100, 1,000 and 10,000 runs side by side, asked in turn; n = {rounds}. "
        "All but the runs of one tuning are copies of it, made in the database. The second table "
        f"is of the server with {many:,} runs.",
        [
            (["runs on the server", *questions.values()], rows),
            (["children of a parent", "`best_child`, ms", "`children`, ms", "`children`, µs each"],
             family),
        ],
        [
            Goal(f"a child costs the same at {many:,} runs as at {few}, within 1.2",
                 f"{grown['child']:.2f} times", grown["child"] <= 1.2,
                 "the database does more for each"),
            Goal("`best_child`: 1 request", f"{requests:.0f}", requests == 1),
            Goal("`best_child`: its time level", f"{grown['best']:.2f} times at {many:,} runs",
                 grown["best"] <= 1.2,
                 "MLflow's query reads the parent tag and the metric of all runs, for want of an "
                 f"index on the tag's value: {ms['best', few]:.0f} ms among {few} runs, "
                 f"{ms['best', many]:.0f} ms among {many:,}"),
            Goal("`children`: linear in its own children only",
                 f"{grown['read']:.2f} times at {many:,} runs; {most // least} times the children "
                 f"take {linear * most / least:.0f} times as long",
                 grown["read"] <= 1.2 and linear <= 1.2,
                 "MLflow's query reads the parent tag of all runs: among "
                 f"{many:,} that is {ms['read', many] - ms['read', few]:.0f} ms more"),
        ],
    )  # fmt: skip
