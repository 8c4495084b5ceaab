"""Network: getting word out, or letting someone in.  Listeners are on this machine alone."""

from __future__ import annotations

from autograder.sandbox.layers import Layer
from tests.attacks.catalogue import Attack, admitted, someone_heard

LIMITS, SECCOMP, LANDLOCK, NAMESPACE, UID = Layer

NETWORK = (
    Attack(
        "connect by TCP",
        (SECCOMP, LANDLOCK),
        someone_heard,
        cell='import socket\nsocket.socket().connect(("127.0.0.1", tcp_port))',
    ),
    Attack(
        "fetch a page",
        (SECCOMP, LANDLOCK),
        someone_heard,
        cell='import urllib.request\nurllib.request.urlopen(f"http://127.0.0.1:{tcp_port}/answers", timeout=0.3)',
    ),
    Attack(
        "connect with the first packet",
        (SECCOMP,),
        someone_heard,
        cell="""
import socket
outside = socket.socket()
outside.sendto(b"answers?", 0x20000000, ("127.0.0.1", tcp_port))  # MSG_FASTOPEN
""",
    ),
    Attack(
        "wait for someone to connect",
        (SECCOMP, LANDLOCK),
        admitted,
        cell='import socket\nserver = socket.socket()\nserver.bind(("127.0.0.1", 0))\nserver.listen()\nloot()',
    ),
    Attack(
        "ask a name server",
        (SECCOMP,),
        someone_heard,
        cell='import socket\nsocket.socket(type=socket.SOCK_DGRAM).sendto(b"answers?", ("127.0.0.1", udp_port))',
    ),
    Attack(
        "ask the kernel about the network",
        (SECCOMP,),
        admitted,
        cell="import socket\nsocket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0).bind((0, 0))\nloot()",
    ),
    Attack(
        "listen to all packets",
        (SECCOMP, NAMESPACE, UID),
        admitted,
        cell="import socket\nsocket.socket(socket.AF_PACKET, socket.SOCK_RAW, 3).close()\nloot()",
        needs="root",
    ),
    Attack(
        "talk to Docker through its socket",
        (SECCOMP, NAMESPACE),
        someone_heard,
        cell="import socket\nsocket.socket(socket.AF_UNIX).connect(socket_path)",
    ),
    Attack(
        "talk to a service without a file",
        (SECCOMP, LANDLOCK),
        someone_heard,
        cell="import socket\nsocket.socket(socket.AF_UNIX).connect(abstract_name)",
    ),
    Attack(
        "post a datagram from a pair of sockets",
        (SECCOMP, NAMESPACE),
        someone_heard,
        cell="""
import socket
one, _ = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
one.sendto(b"answers?", datagram_path)
""",
    ),
)
