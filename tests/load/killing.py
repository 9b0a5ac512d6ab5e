"""Work in a process of its own, killed after some seconds without a chance to tidy up."""

import signal
import subprocess
import sys
import time

from tests.conftest import ROOT, Registry
from tests.importing import ask

BUSY = (
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() "
    "AND state <> 'idle' AND pid <> pg_backend_pid()"
)
PREPARED = """
import sys
from pathlib import Path
from core.domain.permissions import Actor, Role, Scope
from core.storage import database
url, folder, *rest = sys.argv[1:]
database.configure(url, Path(folder))
{imports}
print("ready", flush=True)
sys.stdin.readline()
{work}
"""


def kill_at_work(
    registry: Registry, imports: str, work: str, arguments: tuple[str, ...], after: float
) -> None:
    """Do `work` on a registry in a child that is killed `after` seconds; return when nothing of
    it goes on. Its text finds the arguments in `rest`; `imports` is not part of the seconds."""
    script = PREPARED.format(imports=imports, work=work)
    child = subprocess.Popen(
        [sys.executable, "-c", script, registry.url, str(registry.data_dir), *arguments],
        cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
    )  # fmt: skip
    with child:
        assert child.stdin and child.stdout
        assert child.stdout.readline() == b"ready\n"
        child.stdin.write(b"go\n")
        child.stdin.flush()
        time.sleep(after)
        child.send_signal(signal.SIGKILL)
    if registry.engine == "postgresql":
        # The server notices a dead client only when its present statement ends.
        while ask(BUSY)[0][0]:
            time.sleep(0.05)
