"""Which submissions resemble each other more than chance explains."""
