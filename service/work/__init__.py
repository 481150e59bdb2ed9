"""The work that waits in a queue, and the processes that do it."""
