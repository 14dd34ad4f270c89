"""Run the jobs with other aggregators, each as a process of its own."""
