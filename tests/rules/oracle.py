"""The rule kinds and the test language of codetables/FORMAT.md, written a second time.

It knows nothing of the C code and is made to be read, not to be fast: check-rules holds the
programs against it.  Whatever rests on a list that may not be whole in a record's year is asked
twice, once as if the list were whole and once as if it held the code; where the two answers differ,
a breach is unsure and only warns.
"""

import collections
import os
import re
import xml.etree.ElementTree as ElementTree

MAY_REFUSE = {"seen", "family", "own"}
KINDS = {"condition", "unique", "same", "exists", "another", "contains"}


class Broken(Exception):
    """A rule that is not what FORMAT.md says."""


def newest(folder, identity):
    """The file of the highest version of a table."""
    found = []
    for name in os.listdir(folder):
        match = re.fullmatch(re.escape(identity) + r"-(\d+(?:\.\d+)*)\.xml", name)
        if match:
            found.append(([int(part) for part in match[1].split(".")], name))
    if not found:
        raise Broken("%s: no such table" % identity)
    return os.path.join(folder, max(found)[1])


def start(year):
    """The first calendar year of an academic year, or None."""
    match = re.fullmatch(r"(\d{4})-(\d{4})", year)
    return int(match[1]) if match and int(match[2]) == int(match[1]) + 1 else None


def year_of(day):
    """The academic year that a day CCYY-MM-DD lies in: it begins with July."""
    return int(day[:4]) - (day[5:7] < "07")


class Tables:
    def __init__(self, folder):
        self.folder = folder
        self.sets = {}
        self.layouts = {}  # layout -> record type -> numbers, in order
        self.roles = {}  # record type -> role -> number
        self.order = {}  # record type -> order-basis
        self.spans = []  # (first, last, layout)
        for name in sorted(os.listdir(os.path.join(folder, "layouts"))):
            root = ElementTree.parse(os.path.join(folder, "layouts", name)).getroot()
            if root.get("first"):
                self.spans.append((start(root.get("first")), start(root.get("last", "9998-9999")),
                                   root.get("id")))
            for record in root.iter("record"):
                for kind in record.get("types").split():
                    fields = record.findall("field")
                    self.layouts.setdefault(root.get("id"),
                                            {})[kind] = [f.get("number") for f in fields]
                    if root.get("first"):
                        self.roles[kind] = {
                            f.get("role"): f.get("number") for f in fields if f.get("role")
                        }
                        self.order[kind] = record.get("order-basis")

    def codeset(self, identity):
        if identity not in self.sets:
            root = ElementTree.parse(newest(os.path.join(self.folder, "codesets"),
                                            identity)).getroot()
            rows = collections.defaultdict(list)
            for code in root.iter("code"):
                rows[code.get("value")].append(code.attrib)
            self.sets[identity] = (rows, start(root.get("complete-through", "9998-9999")))
        return self.sets[identity]

    def fields_of(self, record):
        """The numbers of the layout that the record's year calls for."""
        year = start(record.get("academic-year"))
        for first, last, layout in self.spans:
            if year is not None and first <= year <= last and record.kind in self.layouts[layout]:
                return self.layouts[layout][record.kind]
        raise Broken("no layout has %s in %s" % (record.kind, record.get("academic-year")))

    def knows(self, kind, number):
        return any(number in records.get(kind, ()) for records in self.layouts.values())


class Record:
    def __init__(self, tables, kind, values, line):
        self.tables, self.kind, self.values, self.line = tables, kind, values, line

    def get(self, what):
        """The value of a field, by number or by role."""
        return self.values.get(self.tables.roles[self.kind].get(what, what), "")

    def key(self, numbers):
        return tuple(self.values.get(number, "") for number in numbers)

    @property
    def scope(self):
        return self.get("lea"), self.get("academic-year")


def in_year(row, year):
    return year is None or start(row.get("first", "0000-0001")) <= year <= start(
        row.get("last", "9998-9999"))


# The language of `test`

WORD = re.compile(r"\s*(?:('[^']*')|([()])|([^\s()']+))")
NUMBER = re.compile(r"\d{1,2}\.\d\d")


class Test:
    """A parsed test: a function of (record, as_of, optimistic), and the fields and code sets it
    names."""
    def __init__(self, text, tables):
        self.text, self.tables = text, tables
        self.words = []
        self.fields, self.properties = set(), set()
        at = 0
        text = text.rstrip()
        while at < len(text):
            match = WORD.match(text, at)
            if not match:
                raise Broken("%s: not understood at %d" % (text, at))
            self.words.append(match[1] or match[2] or match[3])
            at = match.end()
        self.at = 0
        self.holds = self.test()
        if self.at != len(self.words):
            raise Broken("%s: more than a test" % text)

    def peek(self):
        return self.words[self.at] if self.at < len(self.words) else None

    def take(self, *wanted):
        word = self.peek()
        if word is None or (wanted and word not in wanted):
            raise Broken("%s: %s where one of %s belongs" % (self.text, word, wanted))
        self.at += 1
        return word

    def field(self):
        word = self.take()
        if not NUMBER.fullmatch(word):
            raise Broken("%s: %s is no field" % (self.text, word))
        self.fields.add(word)
        return word

    def quoted(self):
        word = self.take()
        if word[0] != "'":
            raise Broken("%s: %s is not quoted" % (self.text, word))
        return word[1:-1]

    def test(self):
        if self.peek() != "when":
            return self.any()
        self.take("when")
        premise = self.any()
        self.take("then")
        outcome = self.any()
        return lambda *asked: not premise(*asked) or outcome(*asked)

    def chain(self, word, part, join):
        parts = [part()]
        while self.peek() == word:
            self.take(word)
            parts.append(part())
        return lambda *asked: join([one(*asked) for one in parts])

    def any(self):
        return self.chain("or", self.all, any)

    def all(self):
        return self.chain("and", self.one, all)

    def one(self):
        word = self.peek()
        if word == "not":
            self.take()
            inner = self.one()
            return lambda *asked: not inner(*asked)
        if word == "(":
            self.take()
            inner = self.test()
            self.take(")")
            return inner
        if word == "pair":
            self.take()
            first, second = self.field(), self.field()
            self.take("in")
            return self.listed(second, self.take(),
                               lambda row, record: row.get("with") == record.get(first), first)
        if word == "year":
            self.take()
            field, op = self.field(), self.take("<=", ">=", "=")
            word = self.take()
            if word != "as-of":
                return lambda record, *_: self.compare(start(record.get(field)), op, start(word))
            more = 0
            if self.peek() == "+":
                self.take()
                more = int(self.take())
            return lambda record, as_of, _: as_of is None or self.compare(
                start(record.get(field)), op, as_of + more)
        if word == "length":
            self.take()
            field, op, number = self.field(), self.take("<=", ">=", "="), int(self.take())
            return lambda record, *_: self.compare(len(record.get(field)), op, number)
        return self.check()

    @staticmethod
    def compare(left, op, right):
        return left is not None and {"<=": left <= right, ">=": left >= right, "=": left == right
                                     }[op]

    def check(self):
        field, word = self.field(), self.take("filled", "blank", "=", "in", "like", "has")
        if word == "filled":
            return lambda record, *_: record.get(field) != ""
        if word == "blank":
            return lambda record, *_: record.get(field) == ""
        if word == "=":
            text = self.quoted()
            return lambda record, *_: record.get(field) != "" and record.get(field) == text
        if word == "in":
            self.take("(")
            values = []
            while self.peek() != ")":
                low, _, high = self.take().partition("-")
                if high and (len(high) != len(low) or high < low):
                    raise Broken("%s: %s-%s is no range" % (self.text, low, high))
                values.append((low, high or low))
            self.take(")")
            return lambda record, *_: any(
                len(record.get(field)) == len(low) and low <= record.get(field) <= high
                for low, high in values)
        if word == "like":
            forms = {"#": "[0-9]", "@": "[A-Za-z]"}
            pattern = re.compile("".join(forms.get(c) or re.escape(c) for c in self.quoted()))
            return lambda record, *_: bool(pattern.fullmatch(record.get(field)))
        codeset, name, value = self.take(), self.take(), self.quoted()
        self.properties.add((codeset, name))
        return self.listed(field, codeset, lambda row, record: row.get(name) == value)

    def listed(self, field, codeset, agrees, other=None):
        rows, complete = self.tables.codeset(codeset)

        def holds(record, _, optimistic):
            if record.get(field) == "" or (other and record.get(other) == ""):
                return False
            year = start(record.get("academic-year"))
            there = [row for row in rows.get(record.get(field), []) if in_year(row, year)]
            if any(agrees(row, record) for row in there):
                return True
            # Of a code that is listed, what is listed counts; a pair may be missing as a pair.
            unsure = year is not None and year > complete and (other or not there)
            return bool(unsure and optimistic)

        return holds


# Rules


class Rule:
    def __init__(self, element, tables, joins, windows):
        self.tables, self.windows = tables, windows
        self.attributes = element.attrib
        self.id, self.check = element.get("id"), element.get("check")
        self.records = element.get("records").split()
        self.field = element.get("field")
        self.message = element.findtext("message")
        example = element.find("example")
        self.example = None if example is None else (example.get("passes"), example.get("breaks"))
        self.as_of = None if example is None else example.get("as-of")
        self.test = Test(element.get("test"), tables) if element.get("test") else None
        self.dated = [one.attrib for one in element.findall("severity")]
        self.join = joins.get(element.get("join"))
        for name in ("group", "values", "fields", "as", "different"):
            setattr(self, name.replace("as", "as_"), (element.get(name) or "").split())
        if self.check in KINDS:
            self.look_for_errors(tables)

    def look_for_errors(self, tables):
        for kind in self.records:
            for number in sorted({self.field} | set(self.group) | set(self.values)
                                 | set(self.fields) | set(self.different)
                                 | (self.test.fields if self.test else set())):
                if not tables.knows(kind, number):
                    raise Broken("%s: no layout has %s in %s" % (self.id, number, kind))
        for number in self.as_:
            if not tables.knows(self.attributes["in"], number):
                raise Broken("%s: no layout has %s in %s" %
                             (self.id, number, self.attributes["in"]))
        if len(self.as_) != (len(self.fields) if self.check == "exists" else 0):
            raise Broken("%s: `fields` and `as` differ in length" % self.id)
        for codeset, name in self.test.properties if self.test else ():
            if not any(name in row for rows in tables.codeset(codeset)[0].values() for row in rows):
                raise Broken("%s: no code of %s has %s" % (self.id, codeset, name))
        if self.check == "contains" and self.join is None:
            raise Broken("%s: no such join" % self.id)

    def is_current(self, year, day):
        """Whether a year is collected on a day: it is that of the day, or of a window that is
        open."""
        if day is None or year == year_of(day):
            return True
        rows, _ = self.tables.codeset(self.windows) if self.windows else ({}, None)
        for window in [row for alike in rows.values() for row in alike]:
            if window.get("first") != window.get("last") or start(window["first"]) != year:
                continue
            last = window["amendment"] if window["amendment"] != "none" else window["deadline"]
            if window.get("opens", "%d-07-01" % year) <= day <= last:
                return True
        return False

    def covers(self, record, day):
        """Whether the rule is looked at for this record at all."""
        if record.kind not in self.records:
            return False
        year = start(record.get("academic-year"))
        if not in_year(self.attributes, year):
            return False
        if self.attributes.get("current-year") == "yes" and not self.is_current(year, day):
            return False
        named = set(self.group) | set(self.values) | set(self.fields) | set(self.different)
        named |= self.test.fields if self.test else set()
        return named <= set(self.tables.fields_of(record))

    def severity(self, record, unsure, day):
        severity, basis = self.attributes["severity"], self.attributes["severity-basis"]
        if day is None:
            day = "%d-06-30" % (start(record.get("academic-year")) + 1)
        for dated in self.dated:
            # A month is before its first day and, with ~ behind it, after its last.
            if dated.get("from", "") <= day <= dated.get("to", "") + "~":
                severity, basis = dated["is"], dated["basis"]
        if severity != "F":
            return severity
        certain = (basis in MAY_REFUSE and self.attributes.get("partial") != "yes" and not unsure
                   and self.tables.order[record.kind] in MAY_REFUSE)
        return "F" if certain else "W"

    def breaches(self, records, day):
        """The records that break the rule, as {record: unsure}."""
        found = {}
        as_of = None if day is None else year_of(day)
        for record in records:
            if self.covers(record, day):
                answer = [
                    self.holds(record, records, as_of, optimistic) for optimistic in (False, True)
                ]
                if not all(answer):
                    found[record] = answer[0] != answer[1]
        return found

    def holds(self, record, records, as_of, optimistic):
        alike = [other for other in records if other.kind == record.kind]
        peers = [other for other in alike if other.key(self.group) == record.key(self.group)]
        if self.check == "condition":
            return self.test.holds(record, as_of, optimistic)
        if self.check == "unique":
            return sum(other.key(self.fields) == record.key(self.fields) for other in alike) == 1
        if self.check == "same" and self.test:
            if not self.test.holds(record, as_of, optimistic):
                return True
            peers = [other for other in peers if self.test.holds(other, as_of, optimistic)]
        if self.check == "same":
            return sum(other.key(self.values) == record.key(self.values)
                       for other in peers) * 2 > len(peers)
        if self.check == "another":
            return not self.test.holds(record, as_of, optimistic) or any(
                self.test.holds(other, as_of, optimistic)
                and other.key(self.different) != record.key(self.different) for other in peers)
        if self.check == "exists":
            there = [
                other for other in records
                if other.kind == self.attributes["in"] and other.scope == record.scope
            ]
            return not there or any(
                other.key(self.as_) == record.key(self.fields) for other in there)
        return self.contained(record, records)

    def contained(self, record, records):
        join = {name: value.split() for name, value in self.join.items()}
        scope = [other for other in records if other.scope == record.scope]
        students = [other for other in scope if other.kind == join["in"][0]]
        courses = [other for other in scope if other.kind == join["through"][0]]
        if not students or not courses:
            return True
        rows = self.tables.codeset(self.join["code-set"])[0]
        year = start(record.get("academic-year"))
        for student in students:
            if student.key(join["as"]) != record.key(join["group"]):
                continue
            if student.get(self.join["grade"]) in self.attributes.get("grade-not", "").split():
                continue
            for course in courses:
                if course.key(join["link-as"]) != student.key(join["link"]):
                    continue
                there = [
                    row for row in rows.get(course.get(self.join["course"]), [])
                    if in_year(row, year)
                ]
                if any(
                        row.get(self.join["property"]) == record.get(self.join["code"])
                        and row.get(self.attributes["property"]) == self.attributes["value"]
                        for row in there):
                    return True
        return False


def load(tables, identity="calpads"):
    root = ElementTree.parse(newest(os.path.join(tables.folder, "rules"), identity)).getroot()
    joins = {join.get("id"): join.attrib for join in root.iter("join")}
    return [Rule(element, tables, joins, root.get("windows")) for element in root.iter("rule")]
