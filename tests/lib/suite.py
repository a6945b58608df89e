"""What the test suites share: checks and their count, programs, temporary folders, options.

A suite is a script of parts. A part is a function of a Place, which is a temporary folder and the
programs under test:

    from lib import suite
    from lib.suite import check

    def prune(place):
        status, out, said = place.run("--prune", "out")
        check(status == 0, "old runs are removed", said)

    if __name__ == "__main__":
        sys.exit(suite.main(__doc__, [prune]))

Such a suite takes --bin, --only, -k and --keep. It prints each check that fails, the names of those
again at the end, and as its last line `N passed, N failed`. A suite with options of its own takes
options() and run() instead of main(). No check depends on how fast the machine is: a program may
use CPU_SECONDS of processor time, and HANG_SECONDS may pass before it counts as hung.
"""

import argparse
import atexit
import collections
import contextlib
import hashlib
import os
import re
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import textwrap
import traceback

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
TABLES = os.path.join(ROOT, "codetables")
DISTRICT = os.path.join(ROOT, "fixtures", "district")
CPU_SECONDS = 1800
HANG_SECONDS = 900
SHOWN = 1500  # characters of a detail

Result = collections.namedtuple("Result", "status out said")
passed = 0
failures = []  # the names of the checks that failed


# ---- checks ----


def check(good, what, *details):
    """Counts one check, and shows the details of one that failed. Returns whether it is good."""
    global passed
    if good:
        passed += 1
        return True
    failures.append(what)
    print("FAIL " + what)
    for detail in details:
        lines = detail[:20] if isinstance(detail, list) else str(detail)[:SHOWN].splitlines()
        for line in lines:
            print("    %s" % (line,))
    sys.stdout.flush()
    return False


def check_same(what, wanted, got):
    return check(wanted == got, what, "expected %r" % (wanted,), "got      %r" % (got,))


def skip(what, why):
    print("skip %s: %s" % (what, why))


def finish():
    """Prints what failed and the count. Returns the exit status."""
    if failures:
        print("\nfailed:")
        for what in failures:
            print("  " + what)
    print("%d passed, %d failed" % (passed, len(failures)))
    return 1 if failures or not passed else 0


# ---- places ----


def temporary_folder(keep=None):
    """A new folder that is removed when the suite ends, or the one to keep."""
    if keep:
        os.makedirs(keep, exist_ok=True)
        return os.path.abspath(keep)
    name = os.path.basename(sys.argv[0]) or "suite"
    folder = tempfile.mkdtemp(prefix="cte-%s." % name)
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


class Place:
    """A temporary folder to work in, and the programs under test."""

    def __init__(self, programs, keep=None):
        self.programs, self.top = os.path.abspath(programs), temporary_folder(keep)
        self.keep, self.number = keep, 0
        self.prepare()

    def prepare(self):
        """What a suite puts into each place of its own."""

    def remove(self):
        if not self.keep:
            shutil.rmtree(self.top, ignore_errors=True)

    def path(self, *names):
        return os.path.join(self.top, *names)

    def fresh(self):
        """The name of an output folder that no run has used."""
        self.number += 1
        return "out%d" % self.number

    def stand_in(self, name, program, script):
        """A folder of programs in which a script stands for one; the real one is `honest` there."""
        folder = self.path(name)
        shutil.copytree(self.programs, folder)
        os.rename(os.path.join(folder, program), os.path.join(folder, "honest"))
        write_program(os.path.join(folder, program), textwrap.dedent(script))
        return folder

    def on_path(self, **more):
        """An environment in which commands find the programs by their names."""
        return {**os.environ, "PATH": self.programs + ":" + os.environ["PATH"], **more}

    def run(self, *arguments, program="cte-run", programs=None, env=None, **options):
        """Runs a program in the folder. The status is None when it hung."""
        command = [os.path.join(programs or self.programs, program), *arguments]
        return call(*command, cwd=self.top, env={**os.environ, **(env or {})}, **options)


def call(*command, timeout=HANG_SECONDS, **options):
    """Runs any command; bytes that are no UTF-8 are shown as escapes."""
    streams = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    if "input" not in options:
        streams["stdin"] = subprocess.DEVNULL
    try:
        done = subprocess.run(command, timeout=timeout, check=False, **{**streams, **options})
    except subprocess.TimeoutExpired:
        return Result(None, "", "(did not end)")
    return Result(done.returncode, text_of(done.stdout), text_of(done.stderr))


def text_of(data):
    return (data or b"").decode("utf-8", "backslashreplace")


def generate_district(*arguments):
    """Makes extracts by scripts/gen-district."""
    subprocess.run([sys.executable, os.path.join(ROOT, "scripts", "gen-district"), *arguments],
                   stdout=subprocess.DEVNULL, check=True)


def processes():
    """(program, process number, parent, session) of each process that lives."""
    for name in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open("/proc/%s/stat" % name, encoding="ascii", errors="replace") as file:
                text = file.read()
        except OSError:
            continue
        # The name stands in parentheses and may hold blanks.
        state, parent, _, session = text[text.rindex(")") + 2:].split()[:4]
        if state != "Z":
            program = text[text.index("(") + 1:text.rindex(")")]
            yield program, int(name), int(parent), int(session)


def children(pid):
    """{program: process number} of those that a process started and that live."""
    return {program: number for program, number, parent, _ in processes() if parent == pid}


# ---- files ----


def read(path):
    """The text of a file, with its line ends as they are."""
    with open(path, encoding="utf-8", newline="") as file:
        return file.read()


def read_bytes(path):
    with open(path, "rb") as file:
        return file.read()


def write(path, text):
    """Writes text or bytes, and makes the folder."""
    os.makedirs(os.path.dirname(os.path.abspath(path)), exist_ok=True)
    with open(path, "wb") as file:
        file.write(text if isinstance(text, bytes) else text.encode("utf-8"))


def write_program(path, text):
    """A script that stands in for a program."""
    write(path, text)
    os.chmod(path, 0o755)


def sha256(path):
    return hashlib.sha256(read_bytes(path)).hexdigest()


def tree(folder):
    """{path: bytes, where a link leads, or None for a folder} of all beneath a folder."""
    found = {}
    for where, folders, files in os.walk(folder):
        for name in folders + files:
            path = os.path.join(where, name)
            found[os.path.relpath(path, folder)] = (
                os.readlink(path) if os.path.islink(path) else
                read_bytes(path) if os.path.isfile(path) else None)
    return found


# ---- records ----


def completer(n, pathway="106", school="9900001", lea="9912345", year="2024-2025", name="Poppy",
              ssid=None):
    """A sound completer record, as caret-separated text without its line end."""
    return (f"SCTE^^R{n}^{lea}^{school}^{year}^{ssid or 9900000000 + n}^S{n}^Ann^{name}^20070401^F^"
            f"{pathway}^{year}")


def write_records(path, records, separator="^", end="\r\n"):
    write(path, "".join(record.replace("^", separator) + end for record in records))


# ---- suites ----


def options(doc):
    """A parser with the options that every suite takes."""
    parser = argparse.ArgumentParser(description=doc,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bin", default=os.path.join(ROOT, "build", "bin"), metavar="DIR",
                        help="folder of the programs (build/bin)")
    parser.add_argument("--only", action="append", metavar="PART",
                        help="this part alone; may be given several times")
    parser.add_argument("-k", dest="pattern", metavar="TEXT",
                        help="only parts whose names hold TEXT")
    parser.add_argument("--keep", metavar="DIR", help="work in DIR, and leave what is made there")
    return parser


def part_name(part):
    return getattr(part, "title", part.__name__)


def titled(title, part):
    """The part under a title of several words."""
    part.title = title
    return part


def case(title, cases):
    """A decorator that adds a part with a title to a list."""
    def add(part):
        cases.append(titled(title, part))
        return part
    return add


def begin():
    """Bounds every program that the suite starts, and lets a signal remove what was made."""
    hard = resource.getrlimit(resource.RLIMIT_CPU)[1]
    most = CPU_SECONDS if hard == resource.RLIM_INFINITY else min(hard, CPU_SECONDS)
    resource.setrlimit(resource.RLIMIT_CPU, (most, hard))
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))


@contextlib.contextmanager
def guarded(what):
    """A part that breaks off is a failed check, and the next part is begun."""
    try:
        yield
    except Exception:  # pylint: disable=broad-except
        check(False, what + ": breaks off", traceback.format_exc()[-SHOWN:])


def chosen_parts(parts, chosen):
    names = [part_name(part) for part in parts]
    unknown = [name for name in chosen.only or [] if name not in names]
    found = [part for part in parts
             if (not chosen.only or part_name(part) in chosen.only)
             and (not chosen.pattern or chosen.pattern in part_name(part))]
    if unknown or not found:
        sys.exit("%s: no such part; there are: %s" % (sys.argv[0], ", ".join(names)))
    return found


def run(parts, chosen, make_place=Place, shared=False):
    """Runs the chosen parts, each in a place of its own or all in a shared one."""
    begin()
    found = chosen_parts(parts, chosen)
    if not os.path.isdir(chosen.bin):
        sys.exit("%s: %s: no programs there; run make first" % (sys.argv[0], chosen.bin))
    place = make_place(chosen.bin, chosen.keep) if shared else None
    for part in found:
        mine = place or make_place(chosen.bin, chosen.keep and os.path.join(
            chosen.keep, re.sub(r"\W+", "-", part_name(part))))
        with guarded(part_name(part)):
            part(mine)
        if not shared:
            mine.remove()
    return finish()


def main(doc, parts, make_place=Place, shared=False):
    """A suite with no options of its own."""
    return run(parts, options(doc).parse_args(), make_place, shared)
