"""What operators see of the hub: logs and health."""
