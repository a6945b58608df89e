"""What a run folder holds against what was reckoned: a list of differences, each of one line."""

import collections
import csv
import os
import re
import xml.etree.ElementTree as ElementTree


def rows_of(path):
    if not os.path.exists(path):
        return []
    with open(path, encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def lines_of(path):
    if not os.path.exists(path):
        return []
    with open(path, encoding="utf-8", newline="") as file:
        return [line.rstrip("\r\n") for line in file]


def caret(fields):
    return "^".join('"%s"' % v.replace('"', '""') if "^" in v or '"' in v else v for v in fields)


class Differences(list):
    """Told once for each kind, with the first few places."""

    def sort_out(self, what, expected, got):
        """Two counters that must be the same."""
        for key in sorted(set(expected) | set(got), key=str):
            if expected[key] != got[key]:
                self.append("%s: %s: reckoned %d, got %d"
                            % (what, key, expected[key], got[key]))


def decider_of(reason, decisions):
    for row in decisions.rows:
        if "decided by %s on %s" % (row["decided_by"], row["decided_on"]) in reason:
            return "decision"
    return "evidence" if "decided by" in reason and "course" in reason else "table"


def compare_changes(reckoning, source, folder, refused, differ):
    got = collections.defaultdict(list)
    for row in rows_of(os.path.join(folder, source.stem + ".changes.csv")):
        got[int(row["line"])].append(row)
    for record in source.records:
        rows = got.get(record.line, [])
        new = reckoning.converted(record)
        if record.line in refused or new is None:
            if rows:
                differ.append("%s:%d: a change of a record that is not written"
                              % (source.name, record.line))
            continue
        kind = reckoning.target.kinds[record.kind.kind]
        expected = {}
        for field, value in zip(kind.fields, new):
            number = field.get("number")
            before = record.value(number) if record.has(number) else ""
            if field.find("recode") is not None and value != before:
                expected[number] = (before, value)
        recoded = {field.get("number") for field in kind.fields
                   if field.find("recode") is not None}
        there = {row["field"]: row for row in rows if row["field"] in recoded}
        steps = record.answer.steps if record.answer else []
        if {number: (row["before"], row["after"]) for number, row in there.items()} != expected:
            differ.append("%s:%d: changes %s, reckoned %s" % (
                source.name, record.line,
                sorted((n, r["before"], r["after"]) for n, r in there.items()),
                sorted(expected.items())))
            continue
        for row in there.values():
            numbers = row["row"].split(";")
            if row["version"] != ";".join(step.crosswalk.version for step in steps) or \
                    row["crosswalk"] != ";".join(step.crosswalk.id for step in steps) or \
                    len(numbers) != len(steps) or \
                    any(n not in step.rows for n, step in zip(numbers, steps)):
                differ.append("%s:%d: %s by row %s of version %s, reckoned %s" % (
                    source.name, record.line, row["field"], row["row"], row["version"],
                    [(step.crosswalk.id, step.crosswalk.version, sorted(step.rows))
                     for step in steps]))
            decider = {"condition": "table"}.get(steps[-1].decider, steps[-1].decider)
            if len(steps) == 1 and decider_of(row["reason"], reckoning.decisions) != decider:
                differ.append("%s:%d: %s: '%s', reckoned: decided by %s" % (
                    source.name, record.line, row["field"], row["reason"], decider))


def compare_source(reckoning, source, folder, differ):
    """Returns the lines that other rules refused."""
    tables = reckoning.tables
    named = {rule: check for check, (rule, _) in tables.rules.items()}
    found, refused = collections.Counter(), set()
    for row in rows_of(os.path.join(folder, source.stem + ".findings.csv")):
        if row["severity"] == "F":
            refused.add(int(row["line"]))
        if row["rule"] in named:
            found[int(row["line"]), row["rule"], row["severity"]] += 1
    expected = collections.Counter()
    for record in source.records:
        for check, count in record.findings.items():
            if count and check in tables.rules:
                expected[(record.line,) + tables.rules[check]] += count
    differ.sort_out("%s: findings" % source.name, expected, found)
    written = [caret(new) for new in (None if r.line in refused else reckoning.converted(r)
                                      for r in source.records) if new is not None]
    held = [r.raw for r in source.records if r.line not in refused and r.answer and r.answer.held]
    for name, want in ((".txt", written), (".held.txt", held)):
        got = lines_of(os.path.join(folder, source.stem + name))
        if got != want:
            at = next((k for k, (a, b) in enumerate(zip(got, want)) if a != b),
                      min(len(got), len(want)))
            differ.append("%s%s: %d lines, reckoned %d; the first other one is line %d"
                          % (source.stem, name, len(got), len(want), at + 1))
    compare_changes(reckoning, source, folder, refused, differ)
    return refused


def compare_rollups(reckoning, folder, differ):
    """A record that stands in several sources is counted once."""
    keys = collections.defaultdict(set)
    for source in reckoning.sources:
        for record in source.records:
            keys[record.kind.kind].add(tuple(
                value for value, field in zip(record.fields, record.kind.fields)
                if field.get("key") == "yes"))
    for rollup in reckoning.tables.load("rollups", "federal").iter("rollup"):
        rows = rows_of(os.path.join(folder, "rollup-%s.csv" % rollup.get("id")))
        count = sum(int(row["records"]) for row in rows)
        if count != len(keys[rollup.get("records")]):
            differ.append("rollup-%s.csv: %d records, reckoned %d"
                          % (rollup.get("id"), count, len(keys[rollup.get("records")])))


def compare(reckoning, folder):
    differ, refused = Differences(), {}
    for source in reckoning.sources:
        refused[source] = compare_source(reckoning, source, folder, differ)
    # The open questions, of records that nothing refused.
    got, choices = collections.Counter(), {}
    for row in rows_of(os.path.join(folder, "decisions-needed.csv")):
        key = (row["lea"], row["year"], "" if row["local_course"] else row["school"],
               row["pathway"], row["local_course"])
        if key in choices:
            differ.append("decisions-needed.csv: %s is asked twice" % (key,))
        got[key] += int(row["records"])
        choices[key] = set(re.findall(r"(?:^|; | in )([0-9-]+)(?= )", row["choices"]))
    asked = reckoning.open_questions([r for s in reckoning.sources for r in s.records
                                      if r.line not in refused[s]])
    differ.sort_out("decisions-needed.csv",
                    collections.Counter({k: v[0] for k, v in asked.items()}), got)
    for key in asked.keys() & choices.keys():
        if choices[key] not in asked[key][1].values():
            differ.append("decisions-needed.csv: %s: choices %s, reckoned %s"
                          % (key, sorted(choices[key]),
                             sorted(map(sorted, asked[key][1].values()))))
    compare_rollups(reckoning, folder, differ)
    # The sums of the manifest.
    sums = set()
    for element in ElementTree.parse(os.path.join(folder, "manifest.xml")).iter():
        if {"read", "written", "rejected", "held"} <= set(element.keys()):
            sums.add(tuple(element.get(k) for k in ("read", "written", "rejected", "held")))
    for source in reckoning.sources:
        lost = len(refused[source])
        held = sum(1 for r in source.records if r.line not in refused[source] and r.answer and
                   r.answer.held)
        read = len(source.records)
        want = tuple(str(n) for n in (read, read - lost - held, lost, held))
        if want not in sums:
            differ.append("manifest.xml: no sums of %s read, %s written, %s rejected, %s held (%s)"
                          % (want + (source.name,)))
    return differ
