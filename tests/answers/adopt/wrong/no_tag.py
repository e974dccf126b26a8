"""Caught by every_run_is_a_child: no tag `mlflow.parentRunId` on `run_0_test_0`

Makes the parent and forgets the children.
"""

import mlflow


def adopt(run_ids, name):
    with mlflow.start_run(run_name=name) as parent:
        pass
    return parent.info.run_id
