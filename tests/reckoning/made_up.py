"""Small cases with made-up tables, reasoned out by hand: they hold reckon.py to FORMAT.md.

Pathways and their courses (c capstone, k concentrator):
  P  undecided, 01 (0101, 0102) or 02 (0201)    PC1 c 0101, PC2 c 0201, PK1 k 0101, PK2 k 0102,
                                                PI 0201, PU undecided
  Q  undecided, 01 (0101) or 02 (0201)          QC c 0101, the only capstone; QK1 k 0101, QK2 k 0201
  R  01, sub open: 0101 or 0102; 02 a choice    RK1 k 0101, RK2 k 0102, RX 0201
  F  01 0101, decided                           FI 0201
  G  01 0101, decided
  W  undecided, 02 where the course is WI, else 01 (0101) or 02 (0201)     WI has no row of its own
"""

import os

import reckon

HEAD = 'version="1.0" status="draft" agency="nobody"'
TABLES = {
    "codesets/path-1.0.xml":
    '<codeset id="path" %s kind="list">%s</codeset>' %
    (HEAD, "".join('<code value="%s" name="-"/>' % code for code in "PQRFGW")),
    "codesets/course-1.0.xml":
    '<codeset id="course" %s kind="list">%s</codeset>' %
    (HEAD, "".join('<code value="%s" name="-" path="%s"%s/>' %
                   (code, code[0], {"C": ' cap="Yes"', "K": ' conc="Yes"'}.get(code[1], ""))
                   for code in "PC1 PC2 PK1 PK2 PI PU PV PW QC QK1 QK2 RK1 RK2 RX FI WI".split())),
    "layouts/before.xml":
    '''<layout id="before" status="draft" agency="nobody" first="2000-2001">
      <form id="upload" suffix=""/><form id="rejected" suffix="-E"><extra/><extra/></form>
      <record types="DONE"><field number="1.1" role="record-type"/><field number="1.2" role="lea"/>
        <field number="1.3" role="school" key="yes"/><field number="1.4" role="academic-year" \
key="yes"/>
        <field number="1.5" role="student" key="yes"/><field number="1.6" key="yes"/></record>
      <record types="TOOK"><field number="2.1" role="record-type"/><field number="2.2" role="lea"/>
        <field number="2.4" role="academic-year"/><field number="2.5" role="student"/>
        <field number="2.6" role="section"/><field number="2.7"/></record>
      <record types="GIVE PLAN"><field number="3.1" role="record-type"/><field number="3.2" \
role="lea"/>
        <field number="3.4" role="academic-year"/><field number="3.5" role="section"/>
        <field number="3.6"/><field number="3.7" role="local-course"/></record></layout>''',
    "layouts/after.xml":
    '''<layout id="after" status="draft" agency="nobody">
      <record types="DONE"><field number="1.1"/><field number="1.2"/><field number="1.3" key="yes"/>
        <field number="1.4" key="yes"/><field number="1.5" key="yes"/>
        <field number="1.6" key="yes"><recode from="1.6" map="path" output="big"/></field>
        <field number="1.7" key="yes"><recode from="1.6" map="path" \
output="small"/></field></record>
      <record types="GIVE PLAN"><field number="3.1"/><field number="3.2"/><field number="3.4"/>
        <field number="3.5"/><field number="3.6"/><field number="3.7"/>
        <field number="3.8"><recode from="3.6" map="course" output="big"/></field>
        <field number="3.9"><recode from="3.6" map="course" \
output="small"/></field></record></layout>''',
    "rules/calpads-1.0.xml":
    '''<rules id="calpads" %s>
      <join id="done" record="DONE" group="1.4 1.5" code="1.6" in="TOOK" as="2.4 2.5" link="2.4 2.6"
            through="GIVE" link-as="3.4 3.5" course="3.6" local-course="3.7" grade="2.7"
            code-set="course" property="path" prefer="cap conc" required="cap conc">
        <grades completed="no" values="F W"/><grades completed="yes" values="A \
B"/></join>%s</rules>'''
    % (HEAD, "".join(
        '<rule id="%s" check="%s" severity="W" records="GIVE PLAN" group="3.2 3.4 3.7"/>' %
        (check, check) for check in reckon.CHECKS)),
    "crosswalks/walk-1.0.xml":
    '''<crosswalk id="walk" %s target-layout="after">
      <map id="path" from="path" unlisted="hold" evidence="done">
        <output id="big" code-set="big"/><output id="small" code-set="small"/>
        <row n="1" code="P" kind="undecided"><choice n="2" to="01 0101"/><choice n="3" to="01 \
0102"/>
          <choice n="4" to="02 0201"/></row>
        <row n="5" code="Q" kind="undecided"><choice n="6" to="01 0101"/><choice n="7" to="02 \
0201"/></row>
        <row n="8" code="R" kind="split-one" to="01 -"><choice n="9" to="01 0101"/>
          <choice n="10" to="01 0102"/><choice n="11" to="02 0201"/></row>
        <row n="12" code="F" kind="renamed" to="01 0101"/><row n="13" code="G" kind="merged" \
to="01 0101"/>
        <row n="14" code="W" kind="undecided"><when n="15" field="3.6" values="WI" to="02 0201"/>
          <choice n="16" to="01 0101"/><choice n="17" to="02 0201"/></row>
      </map>
      <map id="course" from="course" unlisted="pass">
        <output id="big" code-set="big"/><output id="small" code-set="small"/>%s
        <row n="90" code="PU" kind="undecided"><choice n="91" to="01 0101"/><choice n="92" to="02 \
0201"/></row>
        <row n="93" code="PV" kind="undecided"><choice n="94" to="01 -"/><choice n="95" to="03 \
-"/></row>
        <row n="96" code="PW" kind="undecided"><choice n="97" to="03 -"/><choice n="98" to="04 \
-"/></row>
      </map></crosswalk>''' %
    (HEAD, "".join('<row n="%d" code="%s" kind="merged" to="%s %s"/>' % (n, code, small[:2], small)
                   for n, (code, small) in enumerate((("PC1", "0101"), ("PC2", "0201"),
                                                      ("PK1", "0101"), ("PK2", "0102"),
                                                      ("PI", "0201"), ("QC", "0101"),
                                                      ("QK1", "0101"), ("QK2", "0201"),
                                                      ("RK1", "0101"), ("RK2", "0102"),
                                                      ("RX", "0201"), ("FI", "0201")), 30))),
}

# What the student of one completer record took, the decisions, and what comes of the record: codes,
# who decides, other findings.
CASES = (
    ("a capstone decides", "P", "PC1:A", "", "01 0101 evidence"),
    ("a failed capstone is none", "P", "PC1:F", "", "undecided"),
    ("a failed one beside a passed one", "P", "PC1:F PC2:A", "", "02 0201 evidence"),
    ("failed, then passed", "P", "PC1:F PC1:B", "", "01 0101 evidence"),
    ("passed, then withdrawn", "P", "PC1:B PC1:W", "", "01 0101 evidence"),
    ("an unknown grade counts and is told", "P", "PC1:?", "", "01 0101 evidence unknown-grade"),
    ("a blank grade is unknown", "P", "PC1:", "", "01 0101 evidence unknown-grade"),
    ("unknown beside known: completed all the same", "P", "PC1:? PC1:A", "", "01 0101 evidence"),
    ("an unknown grade that decides nothing", "F", "FI:?", "", "01 0101 table courses-elsewhere"),
    ("two capstones disagree", "P", "PC1:A PC2:A", "", "evidence-disagrees"),
    ("then the concentrators decide", "P", "PC1:A PC2:A PK1:A", "", "01 0101 evidence"),
    ("the capstone before the concentrator", "P", "PC2:A PK1:A", "", "02 0201 evidence"),
    ("no capstone: the concentrator before the rest", "P", "PI:A PK1:A", "", "01 0101 evidence"),
    ("an unknown grade in a class that does not decide", "P", "PI:? PK1:A", "", "01 0101 evidence"),
    ("only the sub-cluster differs: the cluster stands", "P", "PK1:A PK2:A", "", "01 - evidence"),
    ("the only capstone says nothing", "Q", "QC:A", "", "undecided"),
    ("beside it the concentrator decides", "Q", "QC:A QK2:A", "", "02 0201 evidence"),
    ("sub-clusters decide in a decided cluster", "R", "RK2:A", "", "01 0102 evidence"),
    ("what the row does not name is no vote", "R", "RX:A", "", "01 - table courses-elsewhere"),
    ("nothing between the two", "R", "RK1:A RK2:A", "", "01 - evidence"),
    ("a condition names the course", "W", "WI:A", "", "02 0201 evidence"),
    ("evidence before a decision", "P", "PC1:A", "P=0201", "01 0101 evidence"),
    ("a decision where evidence disagrees", "P", "PC1:A PC2:A", "P=0201", "02 0201 decision"),
    ("a decision where there is none", "P", "", "P=0102", "01 0102 decision"),
    ("a decision for the cluster alone", "P", "", "P=01", "01 - decision"),
    ("a decision that lost its zero", "P", "", "P=201", "02 0201 decision"),
    ("a decision for an open sub-cluster", "P", "PK1:A PK2:A", "P=0102", "01 0102 decision"),
    ("one that does not fit the cluster", "P", "PK1:A PK2:A", "P=0201", "01 - evidence"),
    ("the same where the table gave the cluster", "R", "", "R=0102", "01 0102 decision"),
    ("a choice against what the row gives", "R", "", "R=0201", "01 - table"),
    ("but not against the courses", "R", "RK2:A", "R=0201", "01 0102 evidence"),
    ("nothing is left to decide", "F", "", "F=0101", "01 0101 table"),
    ("another school's decision", "P", "", "P=0201@S2", "undecided"),
    ("the school before the LEA", "P", "", "P=0201 P=0101@S1", "01 0101 decision"),
    ("a decided local course is evidence", "P", "PU:A", "LPU=0201", "02 0201 evidence"),
    ("an undecided one is none", "P", "PU:A", "", "undecided"),
    ("a decision for a course that the table decides", "P", "PC1:A", "LPC1=0201",
     "01 0101 evidence"),
)


def write_tables(folder):
    for name, text in TABLES.items():
        os.makedirs(os.path.dirname(os.path.join(folder, name)), exist_ok=True)
        with open(os.path.join(folder, name), "w", encoding="utf-8") as file:
            file.write(text)
    return reckon.Tables(folder)


def write(folder, name, lines):
    path = os.path.join(folder, name)
    with open(path, "w", encoding="utf-8") as file:
        file.write("".join(line + "\n" for line in lines))
    return path


def write_decisions(folder, text):
    rows = ["lea,year,record,school,pathway,local_course,code,decided_by,decided_on,reason"]
    for word in text.split():
        code, _, to = word.partition("=")
        to, _, school = to.partition("@")
        local = code if len(code) > 1 else ""
        rows.append(",".join(("D1", "", "" if local else "DONE", school, "" if local else code,
                              local, to, "J. Doe", "2026-11-02", "")))
    rows.append("D1,,DONE,,P,,,,,")  # still open
    rows.append("," * 9)
    return write(folder, "decisions.csv", rows)


def said(record):
    """The outcome of a record as CASES has it."""
    answer = record.answer
    more = [name for name, count in sorted(record.findings.items()) if count]
    if answer.held:
        return " ".join(more)
    return " ".join([answer.codes["big"], answer.codes["small"] or "-", answer.steps[-1].decider] +
                    more)


def one_case(tables, folder, pathway, took, decisions):
    takes, gives = [], []
    for number, word in enumerate(took.split()):
        course, _, grade = word.partition(":")
        gives.append("GIVE^D1^2020-2021^S%d^%s^L%s" % (number, course, course))
        takes.append("TOOK^D1^2020-2021^7^S%d^%s" % (number, grade))
    paths = [
        write(folder, "GIVE.txt", gives),
        write(folder, "TOOK.txt", takes),
        write(folder, "DONE.txt", ["DONE^D1^S1^2020-2021^7^%s" % pathway])
    ]
    sources = [reckon.Source(tables, path) for path in paths]
    reckoned = reckon.Reckoning(tables, ["walk"], sources, write_decisions(folder, decisions))
    return said(sources[2].records[0])


def together(tables, folder):
    """Records that are right only together: (what, expected, got)."""
    def reckoned(lines, decisions=""):
        source = reckon.Source(tables, write(folder, "ALL.txt", lines))
        return reckon.Reckoning(tables, ["walk"], [source], write_decisions(folder, decisions)), \
            source.records

    _, records = reckoned([
        "GIVE^D1^2020-2021^S1^PC1^L1", "PLAN^D1^2020-2021^S1^PC2^L1", "GIVE^D1^2021-2022^S1^PC1^L1",
        "GIVE^D2^2020-2021^S1^PC2^L1", "PLAN^D1^2020-2021^S2^PK1^L2", "GIVE^D1^2020-2021^S2^PK2^L2"
    ])
    yield ("one local course, two clusters: both are held; not of another year or LEA, nor for the "
           "sub-cluster alone", "differs differs - - - -",
           " ".join("differs" if r.answer.held == "agree" else "-" for r in records))
    reckoning, records = reckoned([
        "GIVE^D1^2020-2021^S1^PU^L1", "PLAN^D1^2020-2021^S1^PV^L1", "GIVE^D1^2020-2021^S2^PU^L2",
        "PLAN^D1^2020-2021^S2^PW^L2", "GIVE^D1^2020-2021^S3^PC1^L3", "PLAN^D1^2020-2021^S3^PU^L3",
        "GIVE^D1^2020-2021^S4^PC1^L4", "PLAN^D1^2020-2021^S4^PW^L4"
    ])
    yield (
        "open codes of one local course: asked for what all can become, or held where nothing is",
        ("undecided undecided agree agree - undecided agree agree", [
            ("L1", ["01", "01"]), ("L3", ["01", "0101"])
        ]), (" ".join(r.answer.held or "-" for r in records),
             sorted((key[4], sorted(code for codes in asked.values() for code in codes))
                    for key, (_, asked) in reckoning.needed.items())))
    _, records = reckoned([
        "DONE^D1^S1^2020-2021^7^F", "DONE^D1^S1^2020-2021^7^G", "DONE^D1^S1^2020-2021^8^F",
        "DONE^D1^S1^2020-2021^8^F", "DONE^D1^S1^2020-2021^9^P"
    ])
    yield "two codes of one key are held, one code twice is not", "double double - - undecided", \
        " ".join({"recode-duplicate": "double", None: "-"}.get(r.answer.held, r.answer.held)
                 for r in records)
    reckoning, _ = reckoned([
        "DONE^D1^S1^2020-2021^7^P", "DONE^D1^S1^2020-2021^8^P", "DONE^D1^S2^2020-2021^9^P",
        "GIVE^D1^2020-2021^S1^PU^L1", "PLAN^D1^2020-2021^S9^PU^L1"
    ])
    yield "a question is asked once", [
        (("D1", "2020-2021", "", "", "L1"), 2, ["01", "0101", "02", "0201"]),
        (("D1", "2020-2021", "S1", "P", ""), 2, ["01", "0101", "0102", "02", "0201"]),
        (("D1", "2020-2021", "S2", "P", ""), 1, ["01", "0101", "0102", "02", "0201"])], \
        sorted((key, count, sorted(*codes.values()))
               for key, (count, codes) in reckoning.needed.items())
    _, records = reckoned([
        "DONE-E^D1^S1^2020-2021^7^F^E1^a", "DONE-E^D1^S1^2020-2021^7^F^E2^b",
        "DONE-E^D1^S1^2020-2021^8^F^E1^a"
    ])
    yield "a record stands once for each of its errors", [(1, 2), (3, 1)], \
        [(r.line, r.copies) for r in records]

    def unknown(*sections):
        """One state course in two local courses: how often an unknown grade is told."""
        lines = ["DONE^D1^S1^2020-2021^7^P"]
        for number, (lea, grade) in enumerate(sections):
            lines += [
                "TOOK^%s^2020-2021^7^S%d^%s" % (lea, number, grade),
                "GIVE^%s^2020-2021^S%d^PC1^L%d" % (lea, number, number)
            ]
        return reckoned(lines)[1][0].findings["unknown-grade"]

    yield "an unknown grade is told of each local course, whatever another one says", [1, 1, 0], \
        [unknown(("D1", "?"), ("D1", "A")), unknown(("D1", "?"), ("D2", "A")),
         unknown(("D1", "B"), ("D1", "F"))]
    # The course went to 02 and the completer to 01, but one of the courses went there too.
    _, records = reckoned([
        "DONE^D1^S1^2020-2021^7^R", "TOOK^D1^2020-2021^7^S1^A", "GIVE^D1^2020-2021^S1^RX^L1",
        "TOOK^D1^2020-2021^7^S2^F", "GIVE^D1^2020-2021^S2^RK1^L2", "DONE^D1^S1^2020-2021^8^R",
        "TOOK^D1^2020-2021^8^S1^A", "TOOK^D1^2020-2021^8^S2^A"
    ])
    yield "all completed courses elsewhere, and not all", [1, 0], \
        [records[n].findings["courses-elsewhere"] for n in (0, 5)]


def cases(folder):
    """(what, expected, got) of each case."""
    tables = write_tables(folder)
    for what, pathway, took, decisions, expected in CASES:
        yield what, expected, one_case(tables, folder, pathway, took, decisions)
    yield from together(tables, folder)
