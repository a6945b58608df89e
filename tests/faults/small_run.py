"""A small run, for tests that do it thousands of times: four students and what they need.

It leaves out no part of the work: an index of three sources, a decision, a choice that courses
make, records converted, held and refused, a report and roll-ups, and tables of which one version
among several must be found.
"""

import os
import re
import shutil
import subprocess
from xml.etree import ElementTree

from lib.suite import DISTRICT, TABLES, call, read_bytes, sha256, write

NAMES = ["SCTE.txt", "CRSC.txt", "SCSC.txt"]
TYPES = {"SCTE", "CRSC", "SCSC", "all"}
# A plain one, one that nothing decides, one whose courses decide, one who takes the course of the
# decision.
STUDENTS = {b"9900000001", b"9900000002", b"9900000016", b"9900000005"}
DECISIONS = """lea,year,record,school,pathway,local_course,code,decided_by,decided_on,reason
9912345,2024-2025,,,,L8100A,060100,CTE coordinator,2025-05-02,
"""
STUDENT, BIRTH_DATE = 6, 10  # fields of SCTE and SCSC, counted from 0
SECTION_OF_STUDENT = [4, 12, 13]  # school, local course, section: in SCSC
SECTION = [4, 7, 13]  # the same in CRSC
# Code sets that decide, count or make a choice; fields of other code sets take any value here.
CODE_SETS = {"record-type", "transaction-type", "cds", "academic-year", "gender", "final-grade",
             "state-course", "cte-pathway", "career-cluster", "career-subcluster",
             "instructional-level"}
LARGE_BYTES = 100000  # of a table as large as this, only rows stay whose code stands in a source
# Versions beside those that are used, so that one of several must be found.
OLDER = ["codesets/academic-year-2026.1.xml", "codesets/gender-2026.1.xml", "layouts/cfs-2018.xml"]


def lines_of(path):
    return read_bytes(path).splitlines(True)


def is_needed(element, codes=None):
    """Whether a record type, a rule or a row says something of these sources."""
    if element.tag == "record":
        return bool(TYPES & set(element.get("types").split()))
    if element.tag == "rule":
        sets = re.findall(r" in ([a-z][a-z0-9-]*)", element.get("test", ""))
        return bool(TYPES & set(element.get("records").split())) and CODE_SETS.issuperset(sets)
    if codes is None or element.tag not in ("row", "code"):
        return True
    return element.get("code", element.get("value")) in codes


def cut_table(path, codes=None):
    """Takes out what is not needed: record types, rules, code sets of fields; with codes, also the
    rows of others."""
    tree = ElementTree.parse(path)
    for element in list(tree.iter()):
        if element.tag == "field" and not CODE_SETS.issuperset(element.get("code-set", "").split()):
            del element.attrib["code-set"]
        for child in list(element):
            if not is_needed(child, codes):
                element.remove(child)
    tree.write(path, encoding="UTF-8", xml_declaration=True)


class SmallRun:
    """Sources, decisions and tables beneath a folder, and the command that converts them."""

    def __init__(self, folder, programs):
        self.folder, self.programs = folder, os.path.abspath(programs)
        self.sources = [os.path.join(folder, name) for name in NAMES]
        self.decisions = os.path.join(folder, "decisions.csv")
        self.tables = os.path.join(folder, "codetables")
        write(self.decisions, DECISIONS)
        codes = self.write_sources()
        self.write_tables(codes)

    def command(self, out, run, sources=None):
        return [os.path.join(self.programs, "cte-run"), "--codetables", self.tables,
                "-x", "clusters", "--decisions", self.decisions, "--force", "--run-id", run,
                "--out", out, *(sources or self.sources)]

    def verify(self, folder):
        return [os.path.join(self.programs, "cte-run"), "--codetables", self.tables, "--quiet",
                "--verify", folder]

    def write_sources(self):
        """Returns all that stands in a field."""
        files = (lines_of(os.path.join(DISTRICT, name)) for name in NAMES)
        completers, sections, courses = ([line.split(b"^") for line in lines] for lines in files)
        completers = [fields for fields in completers if fields[STUDENT] in STUDENTS]
        courses = [fields for fields in courses if fields[STUDENT] in STUDENTS]
        taken = {tuple(fields[at] for at in SECTION_OF_STUDENT) for fields in courses}
        sections = [fields for fields in sections if tuple(fields[at] for at in SECTION) in taken]
        refused = list(completers[0])
        refused[STUDENT], refused[BIRTH_DATE] = b"9900000099", b"2007"
        records = completers + [refused], sections, courses
        for path, found in zip(self.sources, records):
            write(path, b"".join(b"^".join(fields) for fields in found))
        return {field.strip().decode("utf-8") for found in records for fields in found
                for field in fields}

    def write_tables(self, codes):
        """The tables that such a run keeps, large ones cut down, and some older versions."""
        released, out = TABLES, self.tables + ".out"
        shutil.copytree(released, self.tables, ignore=shutil.ignore_patterns(
            "*.[ch]", "SHA256SUMS", "sources"))
        for folder in ("layouts", "rules"):
            for name in os.listdir(os.path.join(self.tables, folder)):
                cut_table(os.path.join(self.tables, folder, name))
        result = call(*self.command(out, "first"), stderr=subprocess.STDOUT)
        if result.status not in (0, 1):
            raise RuntimeError("the first run ended with %s: %s" % (result.status, result.out))
        shutil.rmtree(self.tables)
        shutil.copytree(os.path.join(out, "current", "tables"), self.tables)
        shutil.rmtree(out)
        os.unlink(os.path.join(self.tables, "decisions.csv"))
        for name in OLDER:
            shutil.copy(os.path.join(released, name), os.path.join(self.tables, name))
        sums = []
        for folder, _, names in os.walk(self.tables):
            for path in (os.path.join(folder, name) for name in names):
                if os.path.getsize(path) > LARGE_BYTES:
                    cut_table(path, codes)
                sums.append("%s  %s\n" % (sha256(path), os.path.relpath(path, self.tables)))
        write(os.path.join(self.tables, "SHA256SUMS"), "".join(sorted(sums)))
