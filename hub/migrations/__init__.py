"""Schema changes, forward only; they assume that the previous release is still running."""
