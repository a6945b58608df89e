"""What must become of the records of a run, reckoned from tables, extracts and decisions.

Written from codetables/FORMAT.md and the documents for readers; shares no code with the programs
and asks them nothing. It reads caret files in the forms of an upload and of rejected records, keeps
everything in memory, and is meant for some thousand students. What it reckons:

* which courses a record's student completed, by the join of the rule table, and which of them
  say something;
* what table, evidence and recorded decisions together make of each code that the target layout
  recodes, and which of them decided;
* which records fall on one key, which local courses have two clusters, which completers stand
  beside courses of other clusters;
* which questions stay open.

What refuses a record (the rules of CALPADS) is not its subject: who compares gives it the
refused lines.
"""

import collections
import csv
import glob
import os
import re
import xml.etree.ElementTree as ElementTree

# The findings that are reckoned here, by the name of the built-in check in the rule table.
CHECKS = ("undecided", "no-row", "unknown-code", "evidence-disagrees", "recode-duplicate", "agree",
          "courses-elsewhere", "unknown-grade")


def version_order(version):
    return [int(part) for part in version.split(".") if part]


def in_years(element, year):
    return element.get("first", "") <= year and year <= element.get("last", "9999-9999")


def listed(text):
    """The values of a list of codes and ranges of codes."""
    singles, ranges = set(), []
    for word in text.split():
        low, dash, high = word.partition("-")
        if dash and len(low) == len(high):
            ranges.append((low, high))
        else:
            singles.add(word)
    return singles, ranges


def holds(listing, value):
    singles, ranges = listing
    return value in singles or any(
        len(value) == len(low) and low <= value <= high for low, high in ranges)


# ---- tables ----


class CodeSet:
    def __init__(self, root):
        self.rows = collections.defaultdict(list)
        for code in root.iter("code"):
            self.rows[code.get("value")].append(code)

    def valid(self, value, year):
        return any(in_years(code, year) for code in self.rows.get(value, ()))

    def having(self, value, year):
        return [code for code in self.rows.get(value, ()) if in_years(code, year)]


class Row:
    """A row of a map. `to` holds a code or None for each output; it is None where undecided."""
    def __init__(self, element, outputs):
        def targets(one):
            if one.get("to") is None:
                return None
            codes = [None if word == "-" else word for word in one.get("to").split()]
            return tuple(codes + [None] * (outputs - len(codes)))

        self.element, self.n, self.kind = element, element.get("n"), element.get("kind")
        self.to = targets(element)
        self.whens = [(when.get("field"), listed(when.get("values")), targets(when), when.get("n"))
                      for when in element.iter("when")]
        self.choices = [(targets(choice), choice.get("n")) for choice in element.iter("choice")]

    def open(self):
        return self.kind == "undecided"

    def offers(self, code):
        """What a decision for this code means: targets, and rows that may be named; or None."""
        found = [(to, n) for to, n in self.choices if code in to]
        if not found and self.to and code in self.to:
            return self.to, {self.n}
        if not found:
            return None
        first = found[0][0]
        shared = tuple(code if all(to[k] == code for to, _ in found) else None
                       for k, code in enumerate(first))
        return shared, ({found[0][1]} if len(found) == 1 else {self.n})

    def read_as(self, code):
        """The code as the row has it, where it lacks leading zeros and only one fits."""
        offered = {c for to, _ in self.choices for c in to if c} | {c for c in self.to or () if c}
        if code in offered:
            return code
        alike = [c for c in offered if c.lstrip("0") == code.lstrip("0")]
        return alike[0] if len(alike) == 1 else code


class Map:
    def __init__(self, element):
        self.id, self.source = element.get("id"), element.get("from")
        self.passes = element.get("unlisted") == "pass"
        self.evidence = element.get("evidence")
        self.outputs = [output.get("id") for output in element.findall("output")]
        self.output_sets = [output.get("code-set") for output in element.findall("output")]
        self.element = element
        self.rows = collections.defaultdict(list)
        for row in element.findall("row"):
            self.rows[row.get("code")].append(Row(row, len(self.outputs)))

    def lookup(self, code, year):
        if not in_years(self.element, year):
            return None
        for row in self.rows.get(code, ()):
            if in_years(row.element, year):
                return row
        return None


class Crosswalk:
    def __init__(self, root):
        self.id, self.version = root.get("id"), root.get("version")
        self.target = root.get("target-layout")
        self.maps = [Map(element) for element in root.findall("map")]


class Layout:
    """Record types of a layout: for each the field numbers in order, roles and the elements."""
    def __init__(self, root):
        self.id, self.root = root.get("id"), root
        self.first, self.last = root.get("first"), root.get("last")
        self.kinds = {}
        for record in root.findall("record"):
            for kind in record.get("types").split():
                self.kinds[kind] = Kind(self, kind, record.findall("field"))
        self.extras = {
            form.get("suffix"): len(form.findall("extra")) for form in root.findall("form")
        }

    def covers(self, year):
        return bool(self.first or self.last) and in_years(self.root, year)


class Kind:
    def __init__(self, layout, kind, fields):
        self.layout, self.kind, self.fields = layout, kind, fields
        self.at = {field.get("number"): k for k, field in enumerate(fields)}
        self.role = {field.get("role"): k for k, field in enumerate(fields) if field.get("role")}


class Join:
    def __init__(self, element):
        for name in ("group", "as", "link", "link-as", "prefer", "required"):
            setattr(self,
                    name.replace("-", "_") if name != "as" else "like", (element.get(name)
                                                                         or "").split())
        for name in ("id", "record", "code", "in", "through", "course", "local-course", "grade",
                     "code-set", "property"):
            setattr(self, {"in": "steps"}.get(name, name.replace("-", "_")), element.get(name))
        self.completed = {}
        for grades in element.findall("grades"):
            for value in (grades.get("values") or "").split():
                self.completed[value] = grades.get("completed") == "yes"


class Tables:
    """The tables of a folder, the highest version of each."""
    def __init__(self, folder):
        self.folder, self.sets = folder, {}
        self.layouts = {}
        for path in glob.glob(os.path.join(folder, "layouts", "*.xml")):
            root = ElementTree.parse(path).getroot()
            version = version_order(root.get("version") or "")
            known = self.layouts.get(root.get("id"))
            if known is None or known[0] < version:
                self.layouts[root.get("id")] = (version, Layout(root))
        self.layouts = {name: layout for name, (_, layout) in self.layouts.items()}
        rules = self.load("rules", "calpads")
        self.joins = {join.get("id"): Join(join) for join in rules.iter("join")}
        self.rules = {
            rule.get("check"): (rule.get("id"), rule.get("severity")) for rule in rules.iter("rule")
            if rule.get("check") in CHECKS
        }
        self.agreeing = [(rule.get("records").split(), rule.get("group").split())
                         for rule in rules.iter("rule") if rule.get("check") == "agree"]

    def load(self, kind, name):
        name, _, version = name.partition("@")
        best = None
        for path in glob.glob(os.path.join(self.folder, kind, name + "-*.xml")):
            found = os.path.basename(path)[len(name) + 1:-len(".xml")]
            if not re.fullmatch(r"[0-9.]+", found) or version not in ("", found):
                continue
            if best is None or version_order(best[0]) < version_order(found):
                best = found, path
        if best is None:
            raise SystemExit("reckon: no table %s/%s" % (kind, name))
        return ElementTree.parse(best[1]).getroot()

    def codeset(self, name):
        if name not in self.sets:
            self.sets[name] = CodeSet(self.load("codesets", name))
        return self.sets[name]


# ---- sources ----


class Record:
    __slots__ = ("kind", "line", "fields", "raw", "answer", "findings", "copies")

    def __init__(self, kind, line, fields, raw):
        self.kind, self.line, self.fields, self.raw = kind, line, fields, raw
        self.answer, self.findings, self.copies = None, collections.Counter(), 1

    def value(self, number):
        return self.fields[self.kind.at[number]]

    def has(self, number):
        return number in self.kind.at

    def role(self, role):
        at = self.kind.role.get(role)
        return self.fields[at] if at is not None else ""

    def values(self, numbers):
        return tuple(self.value(number) for number in numbers)


class Source:
    def __init__(self, tables, path, layout=None):
        self.path, self.name = path, os.path.basename(path)
        self.stem = self.name[:-len(".txt")]
        self.lines, self.records, seen = 0, [], {}
        with open(path, encoding="utf-8", newline="") as file:
            for number, text in enumerate(file, 1):
                raw = text.rstrip("\r\n")
                cells = next(csv.reader([raw], delimiter="^"))
                word, dash, suffix = cells[0].partition("-")
                form = layout or next(
                    l for l in tables.layouts.values()
                    if word in l.kinds and l.covers(cells[l.kinds[word].role["academic-year"]]))
                more = form.extras[dash + suffix]
                cells = [word] + (cells[1:-more] if more else cells[1:])
                self.lines += 1
                # A Rejected Records file has a record once for each of its errors.
                if suffix == "E" and tuple(cells) in seen:
                    seen[tuple(cells)].copies += 1
                    continue
                record = Record(form.kinds[word], number, cells, raw)
                missing = len(record.kind.fields) - len(cells)
                cells += [""] * missing
                if suffix == "E":
                    seen[tuple(cells[:len(cells) - missing])] = record
                self.records.append(record)


class Decisions:
    """Rows of a decisions file that have a code."""
    def __init__(self, path):
        self.rows = []
        if path is None:
            return
        with open(path, encoding="utf-8-sig", newline="") as file:
            for row in csv.DictReader(file):
                if any((row.get(c) or "") for c in ("pathway", "local_course")) and row["code"]:
                    self.rows.append(row)

    @staticmethod
    def fits(row, lea, year):
        return row["lea"] == lea and row["year"] in ("", year)

    def for_code(self, kind, lea, year, school, code):
        found = [
            row for row in self.rows if row["pathway"] == code and self.fits(row, lea, year)
            and row["record"] == kind and row["school"] in ("", school)
        ]
        return max(found, key=lambda row: (row["school"] != "", row["year"] != ""), default=None)

    def for_local_course(self, lea, year, local):
        found = [
            row for row in self.rows if row["local_course"] == local and self.fits(row, lea, year)
        ]
        return max(found, key=lambda row: row["year"] != "", default=None)


# ---- reckoning ----

Step = collections.namedtuple("Step", "crosswalk map rows decider")
Vote = collections.namedtuple("Vote", "to rows course flags unknown")


class Answer:
    """What becomes of a recoded field: `held` names the check, else `codes` has the outputs."""
    def __init__(self):
        self.held, self.codes, self.steps = None, {}, []
        self.question, self.choices = None, ()
        self.unknown_grade = False
        self.before = self.now = ""


def is_open(answer):
    """Whether a decision could still be taken for the record."""
    return bool(answer) and answer.held in ("undecided", "evidence-disagrees") and bool(
        answer.choices)


def may_become(answer):
    """The codes by which an answer, or a decision for it, can be named, each with its first code;
    what is answered has no name but None."""
    if not is_open(answer):
        return {None: answer.now}
    named = collections.defaultdict(set)
    for to in answer.choices:
        for code in filter(None, to):
            named[code].add(to[0])
    return {code: firsts.pop() if len(firsts) == 1 else None for code, firsts in named.items()}


class Course:
    """A course that a student completed: state course, local course, LEA."""
    def __init__(self, code, local, lea):
        self.code, self.local, self.lea = code, local, lea
        self.known = False  # completed by a grade that is known as one
        self.sections = set()  # the records of the type `through`


class Reckoning:
    def __init__(self, tables, crosswalks, sources, decisions=None, target=None):
        self.tables, self.sources = tables, sources
        self.crosswalks = [Crosswalk(tables.load("crosswalks", name)) for name in crosswalks]
        self.decisions = Decisions(decisions)
        name = target or next(c.target for c in reversed(self.crosswalks) if c.target)
        self.target = tables.layouts[name]
        self.cache, self.silent = {}, {}
        self.join()
        records = [record for source in sources for record in source.records]
        for record in records:
            self.answer(record)
        for source in sources:
            self.find_doubles(source)
        self.find_split_courses(records)
        for record in records:
            self.look_at_courses(record)
        self.needed = self.open_questions(records)

    # ---- the join

    def join(self):
        """For each join: group of a student -> [(grade, record of a section)]."""
        self.taken = {}
        for name, join in self.tables.joins.items():
            sections, taken = collections.defaultdict(list), collections.defaultdict(list)
            for source in self.sources:
                for record in source.records:
                    if record.kind.kind == join.through:
                        sections[record.values(join.link_as)].append(record)
            for source in self.sources:
                for record in source.records:
                    if record.kind.kind == join.steps:
                        for section in sections.get(record.values(join.link), ()):
                            taken[record.values(join.like)].append(
                                (record.value(join.grade), section))
            self.taken[name] = taken

    def year_of(self, record):
        return record.role("academic-year")

    def of_pathway(self, join, course, year, pathway):
        """The rows of the code set that count the course to the pathway."""
        return [
            row for row in self.tables.codeset(join.code_set).having(course, year)
            if row.get(join.property) == pathway
        ]

    def completed(self, join, record):
        """The courses of the record's pathway that its student completed."""
        if record.kind.kind != join.record:
            return []
        courses, year, pathway = {}, self.year_of(record), record.value(join.code)
        for grade, section in self.taken[join.id].get(record.values(join.group), ()):
            code = section.value(join.course)
            if join.completed.get(grade) is False or \
                    not self.of_pathway(join, code, year, pathway):
                continue
            key = code, section.value(join.local_course), section.role("lea")
            course = courses.setdefault(key, Course(*key))
            course.known = course.known or grade in join.completed
            course.sections.add(section)
        return list(courses.values())

    # ---- evidence

    def table_vote(self, crosswalk, here, row, join, code, year):
        """What the tables make of a course, for a row of the map `here`: targets, rows; or None."""
        for field, values, to, n in row.whens:
            if field == join.course and holds(values, code):
                return to, {n}
        for other in [crosswalk] + [c for c in self.crosswalks if c is not crosswalk]:
            for there in other.maps:
                own = there.lookup(code, year) if there.source == join.code_set else None
                if own is not None and own.to and own.kind not in ("none", "same", "undecided"):
                    to = self.translate(here, there, own.to)
                    if to[0]:
                        return to, {row.n}
        return None

    @staticmethod
    def translate(here, there, to):
        named = dict(zip(there.outputs, to))
        return tuple(named.get(output) for output in here.outputs)

    def decided_vote(self, crosswalk, here, row, join, course, year):
        """What a decision for the local course says, where the tables leave the course open."""
        decision = self.decisions.for_local_course(course.lea, year, course.local)
        if decision is None:
            return None
        for other in [crosswalk] + [c for c in self.crosswalks if c is not crosswalk]:
            for there in other.maps:
                own = there.lookup(course.code, year) if there.source == join.code_set else None
                offered = own and own.open() and own.offers(own.read_as(decision["code"]))
                if offered:
                    return self.translate(here, there, offered[0]), {row.n}
        return None

    def says_nothing(self, crosswalk, here, row, join, pathway, year):
        """The courses of classes that each completer must have and that lead to one answer only."""
        key = crosswalk.id, here.id, row.n, join.id, pathway, year
        if key not in self.silent:
            silent = set()
            for need in join.required:
                members = {
                    value for value in self.tables.codeset(join.code_set).rows if any(
                        one.get(need) for one in self.of_pathway(join, value, year, pathway))
                }
                answers = {
                    value: self.table_vote(crosswalk, here, row, join, value, year)
                    for value in members
                }
                # A course that the tables leave open can lead to another one.
                if None not in answers.values() and \
                        len({to for to, _ in answers.values()}) == 1:
                    silent |= members
            self.silent[key] = silent
        return self.silent[key]

    @staticmethod
    def allows(row, to):
        """True when the row itself names the first code of the answer."""
        if row.to and row.to[0]:
            return to[0] == row.to[0]
        return any(choice[0] == to[0] for choice, _ in row.choices)

    def votes(self, crosswalk, here, row, record):
        join = self.tables.joins.get(here.evidence)
        if join is None:
            return join, []
        year, pathway = self.year_of(record), record.value(join.code) \
            if record.kind.kind == join.record else ""
        votes = []
        for course in self.completed(join, record):
            if course.code in self.says_nothing(crosswalk, here, row, join, pathway, year):
                continue
            vote = self.table_vote(crosswalk, here, row, join, course.code, year) or \
                self.decided_vote(crosswalk, here, row, join, course, year)
            if vote and vote[0][0] and self.allows(row, vote[0]):
                flags = {
                    name for name in join.prefer
                    for one in self.of_pathway(join, course.code, year, pathway) if one.get(name)
                }
                votes.append(Vote(vote[0], vote[1], course, flags, not course.known))
        return join, votes

    def weigh(self, crosswalk, here, row, record):
        """("decides", targets, rows, unknown) | ("disagrees",) | ("nothing",)"""
        join, votes = self.votes(crosswalk, here, row, record)
        if not votes:
            return ("nothing", )
        for name in [None] + join.prefer:
            some = [vote for vote in votes if name is None or name in vote.flags]
            if some and len({vote.to for vote in some}) == 1:
                return ("decides", some[0].to, set().union(*(vote.rows for vote in some)),
                        any(vote.unknown for vote in some))
        if len({vote.to[0] for vote in votes}) == 1:
            shared = (votes[0].to[0], ) + (None, ) * (len(here.outputs) - 1)
            return ("decides", shared, {row.n}, any(vote.unknown for vote in votes))
        return ("disagrees", )

    # ---- one record

    def judging_year(self, record, number):
        field = record.kind.fields[record.kind.at[number]]
        for other in (field.get("judged-by") or "").split():
            if record.value(other):
                return record.value(other)
        return self.year_of(record)

    def recodes(self, kind):
        """The recoded fields of a record type: source field -> (map, {target number: output})."""
        found = {}
        for field in self.target.kinds[kind].fields:
            recode = field.find("recode")
            if recode is not None:
                found.setdefault((recode.get("from"), recode.get("map")),
                                 {})[field.get("number")] = recode.get("output")
        return {(number, name): targets for (number, name), targets in found.items()
                if any(self.fills(a_map, kind, number, targets) for crosswalk in self.crosswalks
                       for a_map in crosswalk.maps if a_map.id == name)}

    def fills(self, a_map, kind, number, targets):
        """Whether a map has a code for one of the fields; else they stay and nothing is asked."""
        field = next((f for f in self.target.kinds[kind].fields if f.get("number") == number), None)
        return any(output in a_map.outputs for output in targets.values()) or \
            number in targets and a_map.output_sets[0] in (field.get("code-set") or "").split()

    def answer(self, record):
        if record.kind.kind not in self.target.kinds:
            return
        for (number, name), _ in self.recodes(record.kind.kind).items():
            if record.has(number) and record.value(number):
                record.answer = self.work_out(record, number, name)
        if record.answer and record.answer.held:
            record.findings[record.answer.held] += 1
        elif record.answer and record.answer.unknown_grade:
            record.findings["unknown-grade"] += 1

    def decision_for(self, record, code):
        lea, year = record.role("lea"), self.year_of(record)
        if "local-course" in record.kind.role:
            return self.decisions.for_local_course(lea, year, record.role("local-course"))
        return self.decisions.for_code(record.kind.kind, lea, year, record.role("school"), code)

    def work_out(self, record, number, name):
        answer = Answer()
        answer.before = code = record.value(number)
        year, known = self.judging_year(record, number), False
        for crosswalk in self.crosswalks:
            here = next((m for m in crosswalk.maps if m.id == name), None)
            if here is None:
                continue
            codes = self.tables.codeset(here.source)
            if code not in codes.rows:
                continue
            if not known and not codes.valid(code, year):
                answer.held = "unknown-code"
                return answer
            known = True
            row = here.lookup(code, year)
            if row is None and here.passes:
                continue
            if row is None:
                answer.held = "no-row"
                return answer
            self.take_step(record, crosswalk, here, row, code, answer)
            if answer.held:
                return answer
            if answer.steps and answer.steps[-1].map is here and answer.now:
                code = answer.now
        if not known:
            answer.held = "unknown-code"
        return answer

    def take_step(self, record, crosswalk, here, row, code, answer):
        if row.kind == "same":
            return
        to, rows, decider, verdict = row.to, {row.n}, "table", ("nothing", )
        for field, values, target, n in row.whens:
            if record.has(field) and holds(values, record.value(field)):
                to, rows, decider = target, {n}, "condition"
                break
        # Only what is open asks for courses, and then for a decision.
        if decider == "table" and (to is None or None in to):
            verdict = self.weigh(crosswalk, here, row, record)
            if verdict[0] == "decides":
                to, rows, decider = verdict[1], verdict[2], "evidence"
        decision = self.decision_for(record, code)
        if decision and decider != "condition":
            named = row.read_as(decision["code"])
            offered = row.offers(named)
            if offered and decider == "evidence":
                fits = all(a is None or a == b for a, b in zip(to, offered[0]))
                if fits and offered[0] != to:
                    to, rows, decider = offered[0], offered[1], "decision"
            elif offered and all(
                    a is None or a == b
                    for a, b in zip(row.to or [None] *
                                    len(offered[0]), offered[0])) and offered[0] != row.to:
                to, rows, decider = offered[0], offered[1], "decision"
        if to is None:
            answer.held = "evidence-disagrees" if verdict[0] == "disagrees" else "undecided"
            answer.question = code
            answer.choices = [choice for choice, _ in row.choices]
            return
        answer.unknown_grade = answer.unknown_grade or decider == "evidence" and verdict[3]
        answer.steps.append(Step(crosswalk, here, rows, decider))
        answer.now = to[0] or ""
        for output, value in zip(here.outputs, to):
            answer.codes[output] = value or ""
        answer.codes["="] = (to[0] or "", here.output_sets[0])

    # ---- records together

    def converted(self, record):
        """The record in the target layout; None where it is held."""
        if record.answer and record.answer.held:
            return None
        kind = self.target.kinds.get(record.kind.kind)
        if kind is None:
            return list(record.fields)
        fields = []
        for field in kind.fields:
            number = field.get("number")
            same, constant = field.find("same"), field.find("constant")
            recode = field.find("recode")
            origin = same.get("field") if same is not None else number
            value = record.value(origin) if record.has(origin) else ""
            if constant is not None:
                value = constant.get("value")
            elif recode is not None and record.answer:
                codes, output = record.answer.codes, recode.get("output")
                if output in codes:
                    value = codes[output]
                elif number == recode.get("from") and codes.get("=") and \
                        codes["="][1] in (field.get("code-set") or "").split():
                    value = codes["="][0]
            fields.append(value)
        return fields

    def hold(self, record, check):
        if record.answer.held:
            record.findings[record.answer.held] -= 1
        record.answer.held = check
        record.findings["unknown-grade"] = 0
        record.findings[check] += 1

    def find_doubles(self, source):
        """Records of other codes that the recode gives one key."""
        keys = collections.defaultdict(list)
        for record in source.records:
            if not record.answer or record.answer.held:
                continue
            kind = self.target.kinds[record.kind.kind]
            if not any(
                    field.get("key") == "yes" and field.find("recode") is not None
                    for field in kind.fields):
                continue
            new = self.converted(record)
            key = tuple(value for value, field in zip(new, kind.fields)
                        if field.get("key") == "yes")
            keys[record.kind.kind, key].append(record)
        for records in keys.values():
            if len({record.answer.before for record in records}) > 1:
                for record in records:
                    self.hold(record, "recode-duplicate")

    def cluster(self, record):
        """The first code that the record was given, or nothing."""
        answer = record.answer
        return answer.now if answer and not answer.held and answer.steps else ""

    def find_split_courses(self, records):
        """Records of a group that have more than one first code: one local course, LEA and year."""
        for kinds, numbers in self.tables.agreeing:
            groups = collections.defaultdict(list)
            for record in records:
                if record.kind.kind in kinds and (self.cluster(record) or is_open(record.answer)):
                    groups[record.values(numbers)].append(record)
            for group in groups.values():
                said = [(record, may_become(record.answer)) for record in group]
                for record, _ in said:
                    others = [
                        other for one, other in said if one.answer.before != record.answer.before
                    ]
                    if record.answer.held:
                        self.narrow(record, others)
                    elif any(self.cluster(record) not in other.values() for other in others):
                        self.hold(record, "agree")

    def narrow(self, record, others):
        """An open question offers what all other codes of the group can become, too."""
        own = may_become(record.answer)
        shared = [
            code for code in own
            if all(code in other or None in other and own[code] == other[None] for other in others)
        ]
        if not shared:
            self.hold(record, "agree")
        elif len(shared) < len(own):
            exact = {[code for code in to if code][-1] for to in record.answer.choices}
            covered = {own[code] for code in shared if code in exact}
            record.answer.choices = [(own[code], code) for code in shared
                                     if code in exact or code not in covered]

    def look_at_courses(self, record):
        for join in self.tables.joins.values():
            if record.kind.kind != join.record or not self.cluster(record):
                continue
            # What a course was to become counts, also where its records are held as they differ.
            there = {
                section.answer.now for course in self.completed(join, record)
                for section in course.sections if section.answer
            } - {""}
            if there and self.cluster(record) not in there:
                record.findings["courses-elsewhere"] += 1

    def open_questions(self, records):
        """(LEA, year, school, code, local course) -> [records, the choices by code]"""
        needed = {}
        for record in records:
            answer = record.answer
            if not is_open(answer):
                continue
            local = record.role("local-course")
            key = (record.role("lea"), self.year_of(record), "" if local else record.role("school"),
                   "" if local else answer.question, local)
            asked = needed.setdefault(key, [0, {}])
            asked[0] += 1
            asked[1][answer.question] = {code for to in answer.choices for code in to if code}
        return needed
