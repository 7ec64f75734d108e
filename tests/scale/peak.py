"""Run a command and say how much memory it had at most.

The kernel counts what a process had before it became the command, so whoever starts one for measuring must be
small. Prints the peak in KiB on a last line of its own and ends as the command did.
"""

import os
import subprocess
import sys


def main() -> int:
    process = subprocess.Popen(sys.argv[1:])
    _pid, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    sys.stdout.write(f"\n{usage.ru_maxrss}\n")
    return process.returncode


if __name__ == "__main__":
    sys.exit(main())
