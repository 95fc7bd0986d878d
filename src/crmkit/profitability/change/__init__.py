"""Why revenue or margin changed between two periods."""
