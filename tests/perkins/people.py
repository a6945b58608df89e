"""What the suites of this folder make their files of: a list of people, and a record for each."""

import collections
import csv
import os
import random
import re
import shutil
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from lib import suite  # noqa: E402
from lib.suite import TABLES, read, sha256, write  # noqa: E402

YEAR = "2024-2025"
LEAS = ["1912345", "1954321", "3000017"]


def facts(name):
    lines = read(os.path.join(TABLES, "sources", name)).splitlines()
    header = lines[0].split("\t")
    return [dict(zip(header, line.split("\t"))) for line in lines[1:]]


SECTOR = {row["code"]: row["sector_code"] for row in facts("codesets/cte_pathway.tsv")}
CLUSTER = {row["pathway_code"]: (row["cluster_code"], row["subcluster_code"])
           for row in facts("clusters/pathway_to_cluster_draft-2026.2.tsv")
           if row["role"] == "primary"}
COURSE = {row["state_course_code"]: row["cluster_code"]
          for row in facts("clusters/course_to_cluster_draft-2026.2.tsv")}
COURSE_SECTOR = {row["code"]: row["sector_code"] for row in facts("codesets/state_course.tsv")
                 if not row["last_academic_year"]}

# Firm ones, three of them of one Career Cluster; two that become one key; one that is held.
PLAIN, TWIN, OPEN = ["101", "103", "130", "106"], ["220", "221"], "105"
ENDED = "110"  # by 2024-2025
COMPLETED = [YEAR, "2023-2024", ""]  # the last one has not yet

Completer = collections.namedtuple("Completer", "lea school ssid gender pathway completed",
                                   defaults=[YEAR])


def number(lea, n):
    return "%d" % (9000000000 + 1000000 * LEAS.index(lea) + n)


def scte(n, who):
    return "^".join(["SCTE", "", "R%d" % n, who.lea, who.school, YEAR, who.ssid, "S" + who.ssid,
                     "Ann", "Poppy", "20070401", who.gender, who.pathway, who.completed])


class Counts:
    """Records and students by what a total is called; a student once in an LEA."""
    def __init__(self):
        self.records, self.people = collections.Counter(), collections.defaultdict(set)

    def add(self, key, lea, ssid, year=YEAR):
        key = (*key, year)
        self.records[key] += 1
        if ssid is not None:
            self.people[key].add((lea, ssid))

    def rows(self):
        return {key: (str(count), str(len(self.people[key]) or ""))
                for key, count in self.records.items()}


def totals(text, rollup, columns=("records", "students")):
    """rollup-totals.csv of one roll-up: side, by, code and year to the numbers."""
    return {(row["side"], row["by"], row["code"], row["year"]):
            tuple(row[one] for one in columns)
            for row in csv.DictReader(text.splitlines()) if row["rollup"] == rollup}


def audit(place, folder, tables=TABLES):
    """What somebody reckons who trusts no program of ours."""
    return suite.call(sys.executable, os.path.join(suite.ROOT, "scripts", "audit-run"),
                      "--codetables", tables, folder, cwd=place.top)


PLACES = ["L%d" % n for n in range(8)]
# courses of them, one outside CTE
OUTSIDE = next(code for code, sector in COURSE_SECTOR.items() if not sector and code > "9002")
COURSES = ["7121", "7122", "7131", "7111", OUTSIDE, "7910", "7100", "7112"]

# Levels of the sections of a course, where it earns college credit; they must agree (CRSC0231).
CREDIT = {"L1": ["24", "24"], "L5": ["23"]}
SECTION = "CRSC^^C%d^%s^%s^%s^%s^%s^Course^^^%s^N^%s^S1^9900000104^T1^^%s^^^^N^N^^^2^^%s^1^^^^^^%s"


def scsc(lea, school, year, ssid, gender, local):
    return "^".join(["SCSC", "", "", lea, school, year, ssid, "S" + ssid, "Ann", "Poppy",
                     "20070401", gender, local, local + "-1", "S1", "5.00", "5.00", "B", "", "S1",
                     "1.00"])


def write_courses(place):
    """Sections of eight courses in a school of each LEA, and who is in them."""
    dice, sources, rows = random.Random(3), [], []
    for year, lea in ((year, lea) for year in (YEAR, "2023-2024") for lea in LEAS[:2]):
        school = lea[2:] + "01"
        sections = [SECTION % (n, lea, school, year, code, local, *(
                        ("N", local + "-1", credit, "SEC", "") if code == OUTSIDE else
                        ("Y", local + "-%d" % k, credit, "" if credit else "SEC", "Y")))
                    for n, (local, code) in enumerate(zip(PLACES, COURSES))
                    for k, credit in enumerate(CREDIT.get(local, [""]), 1)]
        students = []
        for n in range(80):
            for local, code in dice.sample(list(zip(PLACES, COURSES)), dice.choice([0, 1, 1, 2])):
                gender = "FM"[n % 2]
                students.append(scsc(lea, school, year, number(lea, n), gender, local))
                rows.append((year, lea, school, number(lea, n), gender, code))
        for name, lines in (("CRSC", sections), ("SCSC", students)):
            path = place.path("courses", lea, "%s-%s-%s.txt" % (name, lea[:3], year[:4]))
            write(path, "".join(line + "\r\n" for line in lines))
            sources.append(os.path.relpath(path, place.top))
    return sources, rows


FURTHER = """<?xml version="1.0" encoding="UTF-8"?>
<layout id="further" version="1.0" status="draft" agency="a test" first="2019-2020">
  <title>A made-up file of programs that a student is in</title>
  %s
  <xml root="CALPADS"/>
  <form id="upload" suffix=""/>
  <record types="XPRG" name="Made-up programs" order-basis="inferred">
    <field number="90.01" name="Record Type" element="RecordType" role="record-type"/>
    <field number="90.02" name="Transaction" element="Transaction" role="transaction" delete="D"/>
    <field number="90.03" name="LEA" element="LEA" role="lea" max="7"
           length-basis="inferred" code-set="cds"/>
    <field number="90.04" name="School" element="School" role="school" min="7" max="7"
           length-basis="inferred" code-set="cds"/>
    <field number="90.05" name="Year" element="Year" role="academic-year" code-set="academic-year"/>
    <field number="90.06" name="SSID" element="SSID" role="student" key="yes" personal="yes"/>
    <field number="90.07" name="Gender" element="Gender" code-set="gender"/>
    <field number="90.08" name="Program" element="Program" code-set="made-up-program" key="yes"/>
    <field number="90.09" name="Home" element="Home" code-set="cds"/>
    <field number="90.10" name="Mark" element="Mark" code-set="final-grade"/>
  </record>
</layout>
"""
PROGRAMS = """<?xml version="1.0" encoding="UTF-8"?>
<codeset id="made-up-program" version="1.0" status="draft" agency="a test" kind="list">
  <title>Made-up programs</title>
  %s
  <code value="P1" name="One" basis="inferred" group="G"/>
  <code value="P2" name="Two" basis="inferred" group="G"/>
  <code value="P3" name="Three" basis="inferred" group="G"/>
</codeset>
"""


def add_tables(place, rollups):
    """A folder of tables with a record type that no program knows, and what is counted."""
    tables = place.path("tables")
    shutil.copytree(TABLES, tables)
    fact = os.path.join(tables, "sources", "further.tsv")
    write(fact, "made up\n")
    source = '<source file="further.tsv" title="Made up" date="2026" sha256="%s"/>' % sha256(fact)
    for name, text in (("layouts/further-1.0.xml", FURTHER),
                       ("codesets/made-up-program-1.0.xml", PROGRAMS),
                       ("rollups/made-up-1.0.xml", rollups)):
        write(os.path.join(tables, name), text % source)
    # What a run converts to has the record type too.
    target = read(os.path.join(TABLES, "layouts", "clusters-draft-2026.3.xml"))
    target = re.sub(r'version="[^"]*" supersedes="[^"]*"', 'version="2026.4" supersedes="2026.3"',
                    target, count=1)
    record = FURTHER[FURTHER.index("  <record"):FURTHER.index("</layout>")]
    write(os.path.join(tables, "layouts", "clusters-draft-2026.4.xml"),
          target.replace("</layout>", record + "</layout>"))
    return tables
