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
        Receives every result as it arrives, and how each trial ended.
    monitor : Monitor
        Is told of each task that starts and ends, and may end the search, also by its
        clock: running tasks drain, no new ones start.

    Raises
    ------
    RuntimeError
        If nothing runs and there is nothing to run, but trials have not ended: a defect
        of the scheduler, which would otherwise end the search in silence.
    """
    while True:
        while pool.has_idle:
            _stop_for(monitor.why_time_is_up(), scheduler, monitor)
            task = scheduler.next_task()
            _note_ends(scheduler, history)
            if task is None:
                break
            pool.submit(task if task.is_probe else monitor.begin(task))
        if not pool.n_running:
            if not scheduler.is_finished:
                raise RuntimeError(
                    f"The search cannot go on: nothing runs, and the scheduler has no "
                    f"next task, but it is not finished: {scheduler!r}. This is a "
                    f"defect of sklearn_hp. Please report it, with this message."
                )
            monitor.finish()
            return
        scheduler.ask_ahead()
        task, result = pool.wait_any()
        if task.is_probe:
            scheduler.tell(result)
            continue
        history.append(task, result)
        scheduler.tell(result)
        _note_ends(scheduler, history)
        _stop_for(monitor.end(task, result), scheduler, monitor)
        for failure in result.failures:
            if failure.exception is not None:  # kept under error_score="raise" only
                raise failure.exception


def _note_ends(scheduler, history):
    for verdict in scheduler.take_verdicts():
        history.end(verdict)


def _stop_for(reason, scheduler, monitor):
    """Stop the search if there is a reason, and anything that would be left out."""
    if reason is not None and not scheduler.all_begun:
        monitor.stop(reason)
        scheduler.stop()
