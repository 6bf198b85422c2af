"""What is run by tests in a process of its own is no module to collect."""

collect_ignore = ["mlflow_runs.py"]
