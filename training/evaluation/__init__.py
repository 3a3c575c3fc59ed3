"""``agents eval``: how well retrieval and answers do, with intervals, and whether one run beats another."""
