"""Steps of a whole case, pure functions: they bring studies, blood results and days together in ``work_up``."""
