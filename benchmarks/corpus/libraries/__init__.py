"""A second corpus, not made by this project: functions and derivatives of autograd and jax."""
