"""Whether a count that the public page and totals hide can be computed from what they show.

Every count that is told becomes an unknown, every sum that a reader knows of an equation between
them: those within rollup-totals.csv, those within the page, those between both, and the rest
between what is before and what is after, which nobody writes down. All of it is taken together. The
sums are those of the documents, found by what the rows are called; nothing is taken from the
program.
"""

import collections
import re

NUMBERS = ("Records", "Read", "Written", "Merged", "Rejected", "Held")
ROLLUPS = {
    "completers": ("Completed pathways", "pathway", ["gender"]), "sections":
    ("Course sections completed", "course", ["college-credit"]), "enrollments":
    ("Students in completed course sections", "course", ["gender", "nontraditional"])
}
Row = collections.namedtuple("Row", "rollup year side by of code name")
Cell = collections.namedtuple("Cell", "caption words column")


def computable(matrix, columns):
    """Which unknowns the equations settle: those that stand alone in a row when all is eliminated.

    It is worked out modulo a prime."""
    prime, rows = 2**61 - 1, dict(enumerate(matrix))
    where, waiting = collections.defaultdict(set), set(rows)
    for number, row in rows.items():
        for column in row:
            where[column].add(number)
    for column in range(columns):
        pivot = min((r for r in where[column] if r in waiting), key=lambda r: len(rows[r]),
                    default=None)
        if pivot is None:
            continue
        waiting.remove(pivot)
        factor = pow(rows[pivot][column], -1, prime)
        rows[pivot] = {c: v * factor % prime for c, v in rows[pivot].items()}
        for r in where[column] - {pivot}:
            times = rows[r][column]
            for c, v in rows[pivot].items():
                left = (rows[r].get(c, 0) - times * v) % prime
                if left:
                    rows[r][c] = left
                    where[c].add(r)
                else:
                    rows[r].pop(c, None)
                    where[c].discard(r)
    return {next(iter(row)) for row in rows.values() if len(row) == 1}


def title_of(title, year):
    """What the pictures and tables of a school year are called."""
    return f"{title}, {year}" if year else title


def counts_of(totals, page):
    """All counts that are told, as they are shown, by what they are called."""
    told = {Row(*list(row.values())[:7]): row["records"] for row in totals}
    for caption, (head, *lines) in page.tables.items():
        for line in lines:
            words = tuple(cell for name, cell in zip(head, line) if name not in NUMBERS)
            told.update((Cell(caption, words, name), cell) for name, cell in zip(head, line)
                        if name in NUMBERS and cell != "")
    for part in re.findall(r"<h3>(.*?)(?=<h[23]|</main>)", page.source, re.S):
        for year, of_year in re.findall(
                r"(?:School year (\S+?)|Records that tell no school year)<(.*?)"
                r"(?=School year |Records that tell no school year|$)", part, re.S):
            found = re.search(r"<p>(\S+) records more have no", of_year)
            if found:
                caption = title_of(part.split("<")[0], year)
                told[Cell(caption, (), "left out")] = found.group(1)
    return told


class System:
    def __init__(self, shown, full):
        self.value = {key: int(text) for key, text in full.items()}
        self.is_hidden = {key: not shown[key].isdigit() for key in full}
        self.equations, self.wrong = [], []

    def equal(self, whole, parts, is_sure=True):
        """What both add up to is the same; where that cannot be known, only when it is so."""
        if not whole or not parts:
            return
        if sum(map(self.value.get, whole)) != sum(map(self.value.get, parts)):
            if is_sure:
                self.wrong.append((whole[:2], parts[:2]))
            return
        line = collections.Counter(whole)
        line.subtract(parts)
        self.equations.append(line)

    def follows(self, small):
        columns = [key for key in self.value if self.is_hidden[key]]
        place = {key: i for i, key in enumerate(columns)}
        matrix = [{place[key]: n for key, n in line.items() if key in place and n}
                  for line in self.equations]
        found = computable([line for line in matrix if line], len(columns))
        return [columns[i] for i in found if 0 < self.value[columns[i]] < small]


def label(row):
    return f"{row.code} {row.name}" if row.code else row.name or row.code


def within_totals(system, rows, fine):
    year = lambda *wanted: [row for row in rows if (row.side, row.by) in wanted]
    for side, codes in (("before", fine), ("after", "subcluster")):
        for by in {row.by for row in rows if row.side == side} - {"all", "outcome", codes}:
            system.equal(year((side, "all")), year((side, by)))
        for row in year((side, "sector"), (side, "cluster")):
            twins = [other for other in year((side, row.by)) if other.code == row.code]
            system.equal(twins, [part for part in year((side, codes)) if part.of == row.code])
    system.equal(year(("before", "all")), year(("after", "all"), ("after", "outcome")))
    for row in rows:
        written = [other for other in rows if other == row._replace(side="after")]
        rest = system.value[row] - sum(map(system.value.get, written))
        if row.side == "before" and row.by not in ("all", "sector", fine) and written and rest > 0:
            unsaid = ("rest", row)
            system.value[unsaid], system.is_hidden[unsaid] = rest, True
            system.equal([row], written + [unsaid])


def within_pictures(system, rows, title, fine):
    cells = [key for key in system.value if isinstance(key, Cell)]
    left_out = [cell for cell in cells if cell.caption == title and cell.column == "left out"]
    views = {}
    for cell in cells:
        if cell.caption.startswith(title + ": from "):
            views.setdefault("Industry sector to" in cell.caption, []).append(cell)
    groups, codes = views.get(True, []), views.get(False, [])
    link = lambda view: [c for c in view if c.words[0] != "All"]
    whole = lambda view: [c for c in view if c.words == ("All", "")]
    ends = [cell for cell in groups if cell.words[0] == "All" and cell.words[1]]
    system.equal(whole(groups), link(groups))
    system.equal(whole(groups), ends)
    system.equal(whole(codes), link(codes))
    system.equal(whole(groups), whole(codes))
    sector = lambda name: [r for r in rows if r.by == "sector" and label(r) == name]
    none = [r for r in rows if r.by == "sector" and not r.code]
    for name in {cell.words[0] for cell in link(groups)}:
        system.equal(sector(name), [c for c in link(groups) if c.words[0] == name] +
                     (left_out if not sector(name)[0].code else []))
    if not {label(row) for row in none} & {cell.words[0] for cell in link(groups)}:
        system.equal(left_out, none)
    for name in {cell.words[0] for cell in link(codes)}:
        system.equal([r for r in rows if r.by == fine and label(r) == name],
                     [c for c in link(codes) if c.words[0] == name], not left_out)
    for cell in link(groups):
        code = sector(cell.words[0])[0].code
        inside = {label(row) for row in rows if row.by == fine and row.of == code}
        of_codes = [c for c in link(codes) if c.words[1] == cell.words[1] and c.words[0] in inside]
        system.equal([cell], of_codes, not left_out)
    plain = []
    for end in ends:
        system.equal([end], [c for c in link(groups) if c.words[1] == end.words[1]])
        arrived = [
            r for r in rows
            if r.side == "after" and (r.by == "cluster" and r.code and label(r) == end.words[1]
                                      or r.by == "outcome" and r.code == end.words[1])
        ]
        system.equal([end], arrived)
        plain += [] if arrived else [end]
    system.equal(plain + left_out,
                 [r for r in rows if (r.side, r.by) == ("after", "cluster") and not r.code])


def beside_pictures(system, rows, title, by):
    cells = [key for key in system.value if isinstance(key, Cell)]
    cross = [cell for cell in cells if cell.caption.startswith(title + ", written: by")]
    for row in rows:
        if (row.side, row.by) == ("after", "cluster"):
            system.equal([row], [c for c in cross if c.words[:2] == (row.name, row.year)])
        elif row.side == "after" and row.by in by:
            column = 2 + by.index(row.by)
            system.equal(
                [row], [c for c in cross if (c.words[1], c.words[column]) == (row.year, row.name)])
        elif row.by == "school":
            column = {"before": "Read", "after": "Written"}[row.side]
            system.equal([row], [
                c for c in cells if c.caption == title +
                ": by school" and c.words[1] == row.year and c.column == column and (
                    c.words[0] == row.code or not row.code and c.words[0].startswith("not told"))
            ])


def by_lea(system, rows, title, lea_of):
    """LEAs and their schools: which school belongs to which LEA is public."""
    cells = {(cell.words, cell.column): cell for cell in system.value
             if isinstance(cell, Cell) and cell.caption == title + ": by LEA"}
    for side, column in (("before", "Read"), ("after", "Written")):
        for year in {row.year for row in rows}:
            here = [row for row in rows if (row.side, row.year) == (side, year)]
            told = [
                cell for (words, name), cell in cells.items() if (words[1], name) == (year, column)
            ]
            system.equal([row for row in here if row.by == "all"], told)
            for cell in told:
                schools = [
                    row for row in here
                    if row.by == "school" and lea_of.get(row.code) == cell.words[0]
                ]
                system.equal([cell], schools, False)
                # Records without a school may be of this LEA, or of any other.
                system.equal([cell],
                             schools + [row for row in here if row.by == "school" and not row.code],
                             False)
    for (words, column), cell in cells.items():
        written = cells.get((words, "Written"))
        rest = system.value[cell] - system.value.get(written, 0)
        if column == "Read" and written and rest > 0:
            unsaid = ("rest", cell)
            system.value[unsaid], system.is_hidden[unsaid] = rest, True
            system.equal([cell], [written, unsaid])


def around(system, rows):
    """The sums of the run and the findings, as far as they can be known to be the same records."""
    cells = [key for key in system.value if isinstance(key, Cell)]
    sums = {cell.column: cell for cell in cells if cell.caption == "Records of all sources"}
    system.equal([sums["Read"]], [sums[name] for name in NUMBERS[2:]])
    fate = lambda *names: [row for row in rows if row.by == "outcome" and row.code in names]
    system.equal([sums["Read"]], [row for row in rows if (row.side, row.by) == ("before", "all")],
                 False)
    for name in NUMBERS[3:]:
        system.equal([sums[name]], fate(name), False)
    others = {row.code for row in rows if row.by == "outcome"} - set(NUMBERS)
    system.equal([sums["Written"]],
                 [row
                  for row in rows if (row.side, row.by) == ("after", "all")] + fate(*others), False)
    findings = [cell for cell in cells if cell.caption.startswith("Findings")]
    for name, severity in (("Rejected", "refuses"), ("Held", "holds")):
        told = [cell for cell in findings if cell.words[1] == severity]
        for wholes in [[sums[name]]] + [[row] for row in fate(name)]:
            of_type = [[c for c in told if c.words[2].startswith(number)]
                       for number in ("9.", "10.", "11.")]
            for parts in [told] + [[cell] for cell in told] + of_type:
                system.equal(wholes, parts, False)


def leaks(shown, full, small, lea_of):
    """Small counts that follow, and sums that are none; `lea_of` names the LEA of a school."""
    system = System(shown, full)
    every = [key for key in full if isinstance(key, Row)]
    for rollup, (title, fine, by) in ROLLUPS.items():
        rows = [row for row in every if row.rollup == rollup]
        for year in {row.year for row in rows}:
            of_year = [row for row in rows if row.year == year]
            within_totals(system, of_year, fine)
            within_pictures(system, of_year, title_of(title, year), fine)
        beside_pictures(system, rows, title, by)
        by_lea(system, rows, title, lea_of)
    around(system, every)
    return system.follows(small), system.wrong
