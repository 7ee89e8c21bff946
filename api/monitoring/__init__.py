"""What the platform knows of its own health: measured in each process, summed in schema ops, read by operators and Prometheus."""
