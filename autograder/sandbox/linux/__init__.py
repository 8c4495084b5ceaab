"""What only Linux has: seccomp, Landlock, namespaces and its system calls."""
