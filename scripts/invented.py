"""What is invented and what is not: the code lists, and a district built on them.

Facts reads the code lists and draft crosswalks in codetables/sources. A District has schools,
courses and sections, and makes students one at a time. scripts/gen-district writes its records as
files; gen_state.py makes a whole state of them.
"""

import os
import random
import sys

GIVEN = (
    "Abrix", "Belwin", "Cedra", "Dovan", "Elsper", "Farrin", "Gwenda-Lu",
    "Hollis", "Ivessa", "Jorvin", "Kestra", "Lorimel", "Mavric", "Nerissa",
    "Orlin", "Petrix", "Quenby", "Rowanne", "Sevrin", "Talwyn", "Ulmer",
    "Vesper", "Wrenna", "Xandrel", "Yarrow", "Zephine",
)
SURNAMES = (
    "Applethwick", "Brambleford", "Coppermead", "Dunnowell", "Elderstrand",
    "Fennimarsh", "Gorseholm", "Hazelquist", "Inkerbrook", "Juniperly",
    "Kettlesby", "Larchmoor", "Mossingdale", "Nettlecombe", "O'Thistle",
    "Pinderwick", "Quillborne", "Reedmarsh", "Sorrelby", "Tansyfield",
    "Underheath", "Vetchley", "Willowmere-Ash", "Yewbarrow",
)
GRADES = ("A", "A-", "B+", "B", "B-", "C+", "C", "C-")
COLLEGE_CREDIT = "9020 9082 9096 9120 9154 9200 9227 9273 9303 9358".split()


# ---------------------------------------------------------------- the facts

class Facts:
    """The code lists and draft crosswalks, reduced to one academic year."""

    def __init__(self, folder, year):
        self.folder = folder
        self.year = year
        self.known_conditions = {}
        self.by_pathway = None  # where it is not the draft's: --tangled
        self.pathways = [r["code"] for r in self.rows("cte_pathway.tsv")
                         if r["status"] == "current" and self.valid(r)]
        self.uncertain = {r["code"] for r in self.rows("subclusters.tsv")
                          if r["code_status"].startswith("uncertain")}
        self.pathway_outcome = self._pathway_outcomes()
        self.course_row = {r["state_course_code"]: r
                           for r in self.rows("course_to_cluster_draft-2026.2.tsv")}
        self.names, self.flags, self.cte, self.other = {}, {}, [], []
        for row in self.state_courses():
            code = row["code"]
            if not self.valid(row) or code in self.names:
                continue
            # 7263 has no years in the list; it is known only to be later.
            if code == "7263" and year <= "2020-2021":
                continue
            self.names[code] = row["name"].replace("\u2013", "-")
            self.flags[code] = (row["concentrator"] == "Yes",
                                row["capstone"] == "Yes")
            if code in self.course_row:
                self.cte.append(code)
            elif not "7000" <= code <= "8999":
                self.other.append(code)
        self.subcategories = {}
        for row in self.rows("combo_course_content_subcategory.tsv"):
            if self.valid(row):
                self.subcategories.setdefault(
                    row["state_course_code"], []).append(row["subcategory_code"])
        self.ranges = {}
        for row in self.rows("combo_course_grade_range.tsv"):
            if self.valid(row):
                self.ranges[row["state_course_code"]] = [
                    g for g in ("SEC", "MID", "NOT", "ELM") if row[g] == "Y"]
        # From 2019-2020 every listed course has a grade range; one without
        # could not be sent cleanly.
        if year >= "2019-2020":
            self.other = [c for c in self.other if c in self.ranges]

    def rows(self, name):
        for sub in ("", "codesets", "clusters"):
            path = os.path.join(self.folder, sub, name)
            if os.path.exists(path):
                break
        else:
            sys.exit("gen-district: %s: no %s there or in its subfolders "
                     "codesets and clusters; name the folder with --facts"
                     % (self.folder, name))
        with open(path, encoding="utf-8", newline="") as file:
            head = file.readline().rstrip("\r\n").split("\t")
            for line in file:
                cells = line.rstrip("\r\n").split("\t")
                yield dict(zip(head, cells + [""] * (len(head) - len(cells))))

    def state_courses(self):
        """The state courses as they are read: the print corrected."""
        wrong = {(r["code"], r["column"]): r["read_as"]
                 for r in self.rows("state_course_corrections-2026.2.tsv")}
        for row in self.rows("state_course.tsv"):
            yield {column: wrong.get((row["code"], column), value)
                   for column, value in row.items()}

    def valid(self, row):
        first, last = row["first_academic_year"], row["last_academic_year"]
        return (not first or first <= self.year) and (
            not last or self.year <= last)

    def _pathway_outcomes(self):
        """pathway -> (cluster, sub-cluster), or None where it is held."""
        outcome = {}
        for row in self.rows("pathway_to_cluster_draft-2026.2.tsv"):
            if row["role"] != "primary":
                continue
            kind, code = row["mapping_kind"], row["pathway_code"]
            if kind in ("1:1", "merge"):
                outcome[code] = (row["cluster_code"], row["subcluster_code"])
            elif kind == "split-sub":
                # The conditions look at a course, which SCTE does not hold.
                outcome[code] = (row["cluster_code"], "")
            elif kind == "split":
                outcome[code] = None
            else:
                sys.exit("gen-district: pathway %s: unknown mapping_kind %r"
                         % (code, kind))
        return outcome

    def conditions(self, pathway):
        """The course ranges that decide a pathway, as lists of codes."""
        if pathway in self.known_conditions:
            return self.known_conditions[pathway]
        found = self.known_conditions[pathway] = []
        for row in self.rows("pathway_to_cluster_draft-2026.2.tsv"):
            if row["pathway_code"] == pathway and row["condition"]:
                ranges = [part.partition("-")[::2] for part
                          in row["condition"].partition(" in ")[2].split()]
                found.append([c for c in self.cte if any(
                    low <= c <= (high or low) for low, high in ranges)])
        return found

    def course_outcome(self, code):
        """(cluster, sub-cluster) of a state course, or None where held."""
        row = self.course_row.get(code)
        if row is None or row["decided_by"] == "none":
            return ("", "")
        if "(undecided)" in row["decided_by"]:
            return None
        # No row writes a sub-cluster whose code is uncertain.
        if "sub-cluster not decided" in row["note"] \
                or row["subcluster_code"] in self.uncertain:
            return (row["cluster_code"], "")
        return (row["cluster_code"], row["subcluster_code"])

    def courses_of(self, pathway):
        if self.by_pathway is not None:
            return self.by_pathway.get(pathway, [])
        return [c for c in self.cte
                if self.course_row[c]["pathway_code"] == pathway]

    def teach(self, by_pathway):
        """Takes the courses of pathways from the list of state courses."""
        self.by_pathway = by_pathway
        self.pathways = [r["code"] for r in self.rows("cte_pathway.tsv")
                         if self.valid(r)]
        self.cte = sorted({c for codes in by_pathway.values() for c in codes}
                          | set(self.cte))
        self.other = [c for c in self.other if c not in set(self.cte)]

    def has_pathway(self, code):
        return any(code in codes for codes in (self.by_pathway or {}).values())

    def outcome(self, record_type, code):
        if record_type == "SCTE":
            return self.pathway_outcome[code]
        if record_type in ("CRSC", "CRSE"):
            return self.course_outcome(code)
        return ("", "")


# -------------------------------------------------------------- the district

class Course:
    """One local course: the values all its sections share (CRSC0231)."""

    def __init__(self, facts, rng, code, letter):
        self.code = code
        self.local = "L%s%s" % (code, letter)
        self.name = facts.names[code].split(" (")[0][:50].strip()
        self.cte = code in facts.course_row or facts.has_pathway(code)
        self.concentrator, self.capstone = facts.flags[code]
        college = code in COLLEGE_CREDIT and facts.year >= "2019-2020"
        self.level = "23" if college else ""
        self.articulated = rng.choice("YN") if self.cte else "N"
        self.uc = rng.choice("YN")
        self.provider = rng.choice("122") if self.cte else ""
        self.subcategory = (rng.choice(facts.subcategories[code])
                            if code in facts.subcategories else "")
        ranges = facts.ranges.get(code, [])
        self.range = "" if college or not ranges else ranges[0]
        self.middle_core = rng.choice("YN") if self.range == "MID" else ""
        self.quality = rng.choice("YN") if self.cte else ""


class Section:
    def __init__(self, rng, course, number):
        self.course = course
        self.number = "%s-%02d" % (course.code, number)
        self.term = rng.choice(("FY", "FY", "S1", "S2"))
        self.teacher = rng.randrange(400)
        self.distance = rng.random() < 0.05
        self.online = rng.choice("123") if self.distance else ""
        self.funding = "113" if course.cte and rng.random() < 0.1 else ""


class District:
    """Schools, courses and sections; students are made one at a time."""

    FEWEST_PATHWAYS = 12    # of a school
    FEWEST_SECTIONS = 2     # of a local course in a school
    GENERAL = (3, 4)        # courses of a student beside those of a pathway

    def __init__(self, facts, options):
        self.facts = facts
        self.lea = options.lea
        self.year = facts.year
        self.students = options.students
        self.first = options.first
        self.completers = options.completers
        self.seed = options.seed
        self.old = options.layout == "cfs-2018"
        rng = random.Random("courses %s" % options.seed)
        self.schools = ["99%05d" % (n + 1) for n in range(options.schools)]
        self.local = {}
        self.sections = []      # for each school: course code -> its sections
        self.offered = []       # for each school: its pathways
        self.general = []       # for each school: its courses of no pathway
        count = len(self.schools)
        share = max(-(-len(facts.pathways) // count), self.FEWEST_PATHWAYS)
        loose = [c for c in facts.cte if c in facts.course_row
                 and facts.course_row[c]["pathway_code"] in ("", "999")]
        each = max(self.FEWEST_SECTIONS,
                   -(-options.students * 6 // (count * 60 * 30)))
        other = [c for c in facts.other if c != "1000"]
        few = min(12, max(4, options.students // (5 * count)))
        for school in range(count):
            paths = [facts.pathways[(school * share + k) % len(facts.pathways)]
                     for k in range(min(share, len(facts.pathways)))]
            codes = [c for p in paths for c in facts.courses_of(p)]
            general = [c for k, c in enumerate(loose) if k % count == school
                       or rng.random() < 0.1]
            general += rng.sample(other, few)
            made = {}
            for code in codes + general:
                made[code] = self._sections_of(rng, code, each)
            self.offered.append(paths)
            self.general.append(general)
            self.sections.append(made)
        self._persons()

    def _sections_of(self, rng, code, each):
        """Sections of one or two local courses of a state course."""
        made, letters = [], "AB" if rng.random() < 0.15 else "A"
        for letter in letters:
            course = self.local.get((code, letter))
            if course is None:
                course = Course(self.facts, rng, code, letter)
                self.local[code, letter] = course
            for _ in range(each + (rng.random() < 0.2)):
                made.append(Section(rng, course, len(made) + 1))
        return made

    def _persons(self):
        self.genders = "FFMM"
        if self.year >= "2019-2020":
            self.genders = "FFFFFMMMMMX"
        self.born = int(self.year[:4]) - 17

    def course_records(self, kind):
        """Every CRSC or CRSE record: (state course, fields)."""
        serial = 0
        for school, cds in enumerate(self.schools):
            for code in sorted(self.sections[school]):
                for section in self.sections[school][code]:
                    serial += 1
                    yield code, self._course(kind, cds, section, serial)

    def _course(self, kind, cds, section, serial):
        course = section.course
        enrolled = kind == "CRSE"
        service = enrolled and section.teacher % 10 == 0
        record = [
            kind, "", "C%06d" % serial, self.lea, cds, self.year, course.code,
            course.local, course.name,
            "154" if self.old and course.cte else "",   # 9.10
            "",                                         # 9.11, a filler
            course.articulated, course.uc, section.number, section.term,
            "%010d" % (9900000001 + section.teacher),
            "T%04d" % section.teacher,
            "K%06d" % serial if enrolled else "",       # 9.18, Class ID
            course.level,
            "3" if service else "", "", "500" if service else "",
            "N", "Y" if section.distance else "N", "", section.funding,
            course.provider,
        ]
        if not self.old:
            # 9.30 has codes that nobody here has read; "1" stands for one.
            record += [course.subcategory, course.range, "1", "", "",
                       section.online, course.middle_core, "", course.quality]
        return record

    def student_records(self, index, wanted):
        """The records of one student: a list of (type, code, fields)."""
        # A generator of its own for each student, so that a student is the
        # same whatever else is asked for.
        number = self.first + index
        rng = random.Random("%d/%d" % (self.seed, number))
        school = index % len(self.schools)
        cds = self.schools[school]
        born = "%d%02d%02d" % (self.born + rng.randrange(2),
                               rng.randint(1, 12), rng.randint(1, 28))
        person = ["%010d" % (9900000000 + number), "S%07d" % number,
                  rng.choice(GIVEN), rng.choice(SURNAMES), born,
                  rng.choice(self.genders)]
        head = [self.lea, cds, self.year]
        # Completers are spread evenly over a school, and take its pathways
        # in turn.
        turn, left = divmod(index // len(self.schools) * self.completers, 100)
        finished, taken = [], []
        if left < self.completers:
            finished = self._pathways(rng, self.offered[school], turn)
        for pathway in finished:
            taken += self._courses_for(rng, pathway)
        taken += rng.sample(self.general[school],
                            min(rng.randint(*self.GENERAL),
                                len(self.general[school])))
        taken = list(dict.fromkeys(taken))

        out = []
        for code in taken:
            section = rng.choice(self.sections[school][code])
            grade = rng.choice(GRADES)
            place = [section.course.local, section.number, section.term]
            if "SCSC" in wanted:
                out.append(("SCSC", "", ["SCSC", "", ""] + head + person + place
                            + ["5.00", "5.00", grade, "",
                               "S1" if section.term == "S1" else "S2"]
                            + self._carnegie()))
            if "SCSE" in wanted:
                out.append(("SCSE", "", ["SCSE", "", ""] + head + person + place
                            + ["", "", "", "", ""] + self._carnegie()))
        for pathway in finished:
            out.append(("SCTE", pathway, ["SCTE", "", ""] + head + person
                        + [pathway, self.year]))
        if finished and rng.random() < 0.4:
            out.append(("WBLR", "", self._placement(rng, number, head, person,
                                                    taken)))
        return [r for r in out if r[0] in wanted]

    def _carnegie(self):
        return [] if self.old else ["1.00"]

    def _pathways(self, rng, offered, turn):
        """The pathways a student completed: nearly always one."""
        first = offered[turn % len(offered)]
        chosen = [first]
        if rng.random() < 0.06:
            # Never two that could meet in one cluster: after the conversion
            # they would be one record twice (SCTE0243).
            known = self.facts.pathway_outcome
            rest = [p for p in offered if known[p] and known[first]
                    and known[p][0] != known[first][0]]
            if rest:
                chosen.append(rng.choice(rest))
        return chosen

    def _courses_for(self, rng, pathway):
        """A concentrator and a capstone course of the pathway (CERT122/124)."""
        facts = self.facts
        pools = [c for c in facts.conditions(pathway)
                 if any(facts.flags[x][0] for x in c)
                 and any(facts.flags[x][1] for x in c)]
        pool = rng.choice(pools) if pools else facts.courses_of(pathway)
        first = [c for c in pool if facts.flags[c][0]]
        last = [c for c in pool if facts.flags[c][1]]
        # 7521 is printed under 181; as the draft crosswalk does, it is read
        # as the capstone of 131, so every pathway has both.
        return [rng.choice(first), rng.choice(last)]

    def _placement(self, rng, number, head, person, taken):
        kinds = ["10", "15", "20", "25"]
        if self.year <= "2023-2024":
            kinds.append("30")
        kind = rng.choice(kinds)
        intern = kind == "10"
        course = taken[0] if kind in ("10", "15", "20") else ""
        # The evaluation codes (21.13) have not been read; "1" stands for one.
        return (["WBLR", "", ""] + head[:2] + ["", head[2], person[0], kind,
                "IN%06d" % number if intern else "",
                str(rng.randrange(20, 200)) if course else "", course,
                "1" if intern else "", "Y" if intern else "",
                "Y" if intern else ""])
