"""Which system calls a worker may make, by name.  Whatever is not named fails with ENOSYS, as on an older kernel.

A notebook may compute, use threads, its own files and its own signals.  Calls that reach another process, the network
or the administration of the kernel fail with EPERM, so that a program reports "not permitted".
"""

from __future__ import annotations

import errno
from collections.abc import Mapping
from dataclasses import dataclass


def names(*texts: str) -> tuple[str, ...]:
    """The words of some texts."""
    return tuple(" ".join(texts).split())


FILES = """
    open openat openat2 creat close close_range lseek
    read write readv writev pread64 pwrite64 preadv pwritev preadv2 pwritev2 sendfile copy_file_range
    stat fstat lstat newfstatat statx access faccessat faccessat2 readlink readlinkat getdents getdents64 statfs fstatfs
    getcwd chdir fchdir mkdir mkdirat rmdir unlink unlinkat rename renameat renameat2
    ftruncate fsync fdatasync fadvise64 flock dup dup2 dup3
"""
MEMORY = "brk mmap munmap mprotect mremap madvise msync mseal"
WAITING = """
    pipe pipe2 poll ppoll select pselect6 epoll_create epoll_create1 epoll_ctl epoll_wait epoll_pwait epoll_pwait2
    eventfd eventfd2 timerfd_create timerfd_settime timerfd_gettime
"""
SIGNALS = """
    rt_sigaction rt_sigprocmask rt_sigreturn sigaltstack rt_sigtimedwait rt_sigpending rt_sigsuspend pause
    setitimer getitimer alarm
"""
TIME = "nanosleep clock_nanosleep clock_gettime clock_getres gettimeofday time times"
THREADS = """
    futex futex_waitv futex_wake futex_wait futex_requeue set_robust_list set_tid_address rseq arch_prctl membarrier
    sched_yield sched_getaffinity sched_getparam sched_getscheduler sched_get_priority_max sched_get_priority_min
"""
ITSELF = """
    getpid gettid getppid getpgrp getpgid getsid getuid geteuid getgid getegid getgroups getresuid getresgid getpriority
    uname sysinfo getrusage getrandom getrlimit setrlimit getcpu wait4 waitid exit exit_group restart_syscall
"""
OWN_SOCKETS = "recvfrom shutdown getsockopt getsockname getpeername"
ALLOWED = names(FILES, MEMORY, WAITING, SIGNALS, TIME, THREADS, ITSELF, OWN_SOCKETS)

# Landlock does not govern these, and harmless code needs them (shutil.copy sets modes and times),
# so they succeed and do nothing.  Therefore a worker with another uid can never read what a worker
# makes.
PRETENDED = names(
    "chmod fchmod fchmodat fchmodat2 umask utime utimes utimensat futimesat sync syncfs"
)

# With this error Python concludes that the file system cannot do it, and goes on without.
UNSUPPORTED = names(
    """
    fallocate setxattr lsetxattr fsetxattr setxattrat getxattr lgetxattr fgetxattr getxattrat listxattr llistxattr
    flistxattr listxattrat removexattr lremovexattr fremovexattr removexattrat
    """
)

PROCESSES = """
    fork vfork execve execveat tkill rt_sigqueueinfo rt_tgsigqueueinfo pidfd_open pidfd_send_signal pidfd_getfd
    ptrace process_vm_readv process_vm_writev process_madvise process_mrelease kcmp setpgid setsid
    setpriority sched_setscheduler sched_setparam sched_setattr ioprio_set move_pages migrate_pages
"""
IDENTITY = """
    setuid setgid setreuid setregid setresuid setresgid setfsuid setfsgid setgroups capset
    keyctl add_key request_key
"""
OTHERS_FILES = """
    chown fchown lchown fchownat truncate link linkat symlink symlinkat mknod mknodat
    name_to_handle_at open_by_handle_at
    inotify_init inotify_init1 inotify_add_watch fanotify_init fanotify_mark splice tee vmsplice
"""
MOUNTS = """
    chroot pivot_root mount umount2 unshare setns open_tree open_tree_attr move_mount fsopen fsconfig fsmount fspick
    mount_setattr statmount listmount quotactl quotactl_fd swapon swapoff
"""
NETWORK = "socket connect bind listen accept accept4 sendmsg sendmmsg recvmsg recvmmsg setsockopt"
SHARED_MEMORY = """
    memfd_create memfd_secret shmget shmat shmctl shmdt semget semop semctl semtimedop msgget msgsnd msgrcv msgctl
    mq_open mq_unlink mq_timedsend mq_timedreceive mq_notify mq_getsetattr
"""
KERNEL = """
    bpf perf_event_open userfaultfd io_uring_setup io_uring_enter io_uring_register seccomp personality
    landlock_create_ruleset landlock_add_rule landlock_restrict_self mbind set_mempolicy mlock mlock2 mlockall
    settimeofday clock_settime clock_adjtime adjtimex sethostname setdomainname syslog acct reboot iopl ioperm vhangup
    init_module finit_module delete_module kexec_load kexec_file_load
"""
REFUSED = names(PROCESSES, IDENTITY, OTHERS_FILES, MOUNTS, NETWORK, SHARED_MEMORY, KERNEL)


class Own:
    """Stands for the worker's own process id, which is known only after the fork."""


OWN = Own()


@dataclass(frozen=True, slots=True)
class Argument:
    """Argument `index`, of which `mask` is kept, must be one of `values`.

    Its upper 32 bits, which the kernel does not look at in an int, must be 0 only if it is `wide`.
    """

    index: int
    values: tuple[int | Own, ...]
    mask: int = 0xFFFFFFFF
    wide: bool = False


@dataclass(frozen=True, slots=True)
class CallRule:
    """A call that is allowed if every argument satisfies its condition, and fails with `error` otherwise."""

    arguments: tuple[Argument, ...]
    error: int = errno.EPERM


CLONE_THREAD = 0x00010000
# New namespaces: time, mount, cgroup, uts, ipc, user, pid, network.  The first shares its bit with a signal number.
CLONE_NEW = 0x00020000 | 0x02000000 | 0x04000000 | 0x08000000 | 0x10000000 | 0x20000000 | 0x40000000
AF_UNIX, SOCK_STREAM, SOCK_TYPES = 1, 1, 0xF
# The calls below pass these numbers; Python has no names for some.  Left out of fcntl are those
# that have the kernel signal another process (F_SETOWN, F_SETSIG, leases) and F_SETPIPE_SZ, whose
# pages a user's processes share.
FCNTL = (0, 1, 2, 3, 4, 5, 6, 7, 9, 36, 37, 38, 1030, 1032, 1033, 1034)
# TCGETS TIOCGWINSZ FIONREAD FIONBIO FIONCLEX FIOCLEX, and FICLONE, with which Python copies files.
IOCTL = (0x5401, 0x5413, 0x541B, 0x5421, 0x5450, 0x5451, 0x40049409)
PRCTL = (
    3,
    15,
    16,
    30,
    39,
    0x53564D41,
)  # GET_DUMPABLE SET_NAME GET_NAME GET_TIMERSLACK GET_NO_NEW_PRIVS SET_VMA

# A worker may signal itself, but not look as if it had been killed or stopped from outside: the
# grader takes a SIGKILL for the machine's doing, and does not count the time in which a worker is
# stopped.  timer_create, which could send the same signals, is left out above.
SIGKILL, SIGSTOP = 9, 19
OWN_SIGNALS = tuple(number for number in range(65) if number not in (SIGKILL, SIGSTOP))

RULES: Mapping[str, CallRule] = {
    "clone": CallRule((Argument(0, (CLONE_THREAD,), mask=CLONE_THREAD | CLONE_NEW),)),
    "kill": CallRule((Argument(0, (OWN,)), Argument(1, OWN_SIGNALS))),
    "tgkill": CallRule((Argument(0, (OWN,)), Argument(2, OWN_SIGNALS))),
    "prlimit64": CallRule((Argument(0, (0, OWN)),)),
    "sched_setaffinity": CallRule((Argument(0, (0, OWN)),)),
    "fcntl": CallRule((Argument(1, FCNTL),)),
    "ioctl": CallRule((Argument(1, IOCTL),), errno.ENOTTY),
    "prctl": CallRule((Argument(0, PRCTL),)),
    "socketpair": CallRule((Argument(0, (AF_UNIX,)), Argument(1, (SOCK_STREAM,), mask=SOCK_TYPES))),
    "sendto": CallRule((Argument(4, (0,), wide=True),)),  # no address: to the other end of a pair
}
