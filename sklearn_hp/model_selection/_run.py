"""The one loop that joins scheduler, workers and history."""


def run_trials(scheduler, pool, history, monitor):
    """Keep every worker busy until the scheduler has no more work.

    All decisions of a search are taken here, in the calling thread.

    Parameters
    ----------
    scheduler : Scheduler
        Says what runs next, and learns from results.
    pool : Pool
        Runs it.
    history : History
        Receives every result as it arrives.
    monitor : Monitor
        Is told of each task that starts and ends, and may end the search, also by its
        clock: running tasks drain, no new ones start.
    """
    while True:
        while pool.has_idle:
            if monitor.is_time_up():
                scheduler.stop()
            task = scheduler.next_task()
            if task is None:
                break
            pool.submit(task if task.is_probe else monitor.begin(task))
        if not pool.n_running:
            monitor.finish()
            return
        scheduler.ask_ahead()
        task, result = pool.wait_any()
        if task.is_probe:
            scheduler.tell(result)
            continue
        history.append(task, result)
        scheduler.tell(result)
        if monitor.end(task, result):
            scheduler.stop()
        for failure in result.failures:
            if failure.exception is not None:  # kept under error_score="raise" only
                raise failure.exception
