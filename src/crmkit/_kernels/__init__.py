"""Array kernels on numpy and scipy: no frames, no classes, no checks of the caller's data."""
