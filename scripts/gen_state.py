"""A whole state of invented districts, called by `gen-district --state`.

For each LEA and year there is a file of each record type:

    DIR/9910001/9910001-SCTE-2024-2025.txt

Sizes of LEAs are those of California: enrolment is lognormal, the median is some 1,750 students,
one LEA in eight has fewer than 300. From 50 LEAs on, the largest has 7 % of the state's students
and none has more. Unified, high school and elementary districts have different shares of their
students in these files, and take part in CTE to different degrees. Each LEA has a school for some
700 of its students.

Records are not made one by one. A House is a hundred students of a school and the sections they
are in, made by District. It is cut where LEA, school and numbers of persons stand, and where a
section has the number of its house. So a record is a join of ready-made pieces. All files of an LEA
and year are made together: a completer has taken the courses of the pathway, each section has
students, and each student's section is there.
"""

import collections
import functools
import itertools
import math
import multiprocessing
import os
import random
import statistics
import sys
import types

from invented import District, Facts

TYPES = "CRSC", "CRSE", "SCSC", "SCSE", "SCTE"
COURSES = "CRSC", "CRSE"
FIRST_YEAR = "2018-2019"        # before it, courses had other codes

MEDIAN, SIGMA = 1750, 1.55      # of the enrolment of an LEA
LARGEST, LARGEST_FROM = 0.07, 50
SCHOOL = 700                    # students for each school of an LEA
SCHOOL_WEIGHTS = 5, 3, 2, 4, 2
# Kind of LEA: weight, share of its students in the files, of three completers how many are sent.
KINDS = (42, 0.46, (2, 3)), (8, 1.0, (2, 3)), (50, 0.12, (1, 2))
UNIFIED = 0.1                   # this share of the LEAs, the largest, are all unified

HOUSES, HOUSE = 12, 100         # different houses, and the students of each
COMPLETERS = 40                 # percent of a house
ALL_SENT = 3                    # of three
MOST_HOUSES = 99                # of a school
TEACHERS = 400                  # numbers of teachers for each school
PERSONS = 9900000001            # the first number of a person, and how many there are
MOST_PERSONS = 99999999

CUT, HOUSE_NUMBER, NEXT = b"\0", b"\1\1", b"\2"


# ---- how large ----


def enrolments(count):
    """Of so many LEAs, the largest first: quantiles, so that a small state has the same skew."""
    normal = statistics.NormalDist()
    return [MEDIAN * math.exp(SIGMA * normal.inv_cdf(1 - (k + 0.5) / count))
            for k in range(count)]


def limit_largest(sizes):
    """The first gets its share of the sum, and no other more."""
    rest = [min(size, sizes[0]) for size in sizes[1:]]
    for _ in range(50):
        most = LARGEST / (1 - LARGEST) * sum(rest)
        rest = [min(size, most) for size in rest]
    return [most] + rest


def students_of_leas(count, rng):
    """[(students in the files, of three completers how many are sent)] of each LEA."""
    sizes, sent = [], []
    for rank, enrolment in enumerate(enrolments(count)):
        kind = KINDS[0] if rank < UNIFIED * count else rng.choices(
            KINDS, [weight for weight, _, _ in KINDS])[0]
        sizes.append(enrolment * kind[1])
        sent.append(rng.choice(kind[2]))
    if count >= LARGEST_FROM:
        sizes = limit_largest(sizes)
    leas = list(zip(sizes, sent))
    rng.shuffle(leas)
    return leas


def schools_of(students):
    """Students of each school of an LEA."""
    count = max(1, round(students / SCHOOL))
    weights = list(itertools.islice(itertools.cycle(SCHOOL_WEIGHTS), count))
    ends = [students * so_far // sum(weights) for so_far in itertools.accumulate(weights)]
    return [max(1, end - begin) for begin, end in zip([0] + ends, ends)]


def find_scale(wanted, records):
    """The scale at which records(scale), which grows with it, comes to what is wanted."""
    low, high = 0.0, 1.0
    while records(high) < wanted:
        high *= 2
    for _ in range(40):
        middle = (low + high) / 2
        if records(middle) < wanted:
            low = middle
        else:
            high = middle
    return high


# ---- what is ready made ----


class Model(District):
    """The houses of a year, each a school of its own."""

    FEWEST_PATHWAYS = 1
    FEWEST_SECTIONS = 1
    GENERAL = (5, 7)


class House:
    """A hundred students and the sections they are in."""

    def __init__(self, model, number, wanted):
        self.wanted = wanted
        self.first_user = {}    # (local course, section) -> the first student in it
        texts = {kind: [] for kind in wanted if kind not in COURSES}
        for k in range(HOUSE):
            lines = {kind: [] for kind in TYPES}
            for kind, _, fields in model.student_records(k * HOUSES + number, set(TYPES)):
                if kind != "SCTE":
                    self.first_user.setdefault((fields[12], fields[13]), k)
                    fields[13] = self.with_house(fields[13])
                lines[kind].append("^".join(fields[:3] + ["\0"] + fields[8:]) + "\r\n")
            for kind, made in texts.items():
                made.append("".join(lines[kind]).encode())
        self.texts = {kind: NEXT.join(made) for kind, made in texts.items()}
        self.courses = {kind: [] for kind in wanted if kind in COURSES}

    @staticmethod
    def with_house(section):
        course, _, number = section.partition("-")
        return "%s-%s%s" % (course, HOUSE_NUMBER.decode(), number)

    def add_course(self, kind, fields):
        """Takes the record of a section, unless no student is in it."""
        user = self.first_user.get((fields[7], fields[13]))
        if user is None:
            return
        fields[13] = self.with_house(fields[13])
        pieces = ["^".join(fields[5:15]), "^".join(fields[18:]) + "\r\n"]
        self.courses[kind].append((user, int(fields[15]) - PERSONS,
                                   *(piece.encode() for piece in pieces)))

    def close(self):
        """All sections are there; those of the first students come first."""
        for made in self.courses.values():
            made.sort(key=lambda section: section[0])

    def records(self, students):
        """How many records its first students and their sections have, all completers sent."""
        lines = sum(NEXT.join(text.split(NEXT)[:students]).count(b"\n")
                    for text in self.texts.values())
        return lines + sum(user < students for made in self.courses.values() for user, *_ in made)

    @functools.lru_cache(maxsize=4 * HOUSES * 8)
    def students(self, kind, number):
        """The pieces of each student, in the house of that number."""
        text = self.texts[kind].replace(HOUSE_NUMBER, b"%02d" % number)
        return [student.split(CUT) for student in text.split(NEXT)]

    @functools.lru_cache(maxsize=3)
    def completers(self, sent):
        """The pieces of each completer, of three only so many."""
        found = 0
        pieces = []
        for student in self.texts["SCTE"].split(NEXT):
            found += bool(student)
            pieces.append((student if (found - 1) % 3 < sent else b"").split(CUT))
        return pieces


def make_houses(facts, options):
    """The houses of a year."""
    model = Model(facts, types.SimpleNamespace(
        lea="", students=HOUSES * HOUSE, first=1, completers=COMPLETERS, seed=options.seed,
        schools=HOUSES, layout="cfs-2018" if facts.year <= FIRST_YEAR else "cfs-2019"))
    houses = [House(model, number, options.types) for number in range(HOUSES)]
    number_of = {cds: number for number, cds in enumerate(model.schools)}
    for kind in COURSES:
        if kind in options.types:
            for _, fields in model.course_records(kind):
                houses[number_of[fields[4]]].add_course(kind, fields)
    for house in houses:
        house.close()
    return houses


def reckon_records(houses):
    """A function: about how many records so many students of a school have."""
    known = [sum(house.records(k) for house in houses) / HOUSES for k in range(HOUSE + 1)]
    return lambda students: students // HOUSE * known[HOUSE] + known[students % HOUSE]


# ---- what is made ----

# Files of one LEA and year that are made together. `schools` are (number in the state, number in
# the LEA, students); `persons` is how many students were numbered before.
Part = collections.namedtuple("Part", "lea year name schools sent persons")


def plan_districts(leas, years, options, records):
    """A part for each LEA and year."""
    def schools_at(scale):
        return [schools_of(max(1, round(scale * size))) for size, _ in leas]

    scale = 1.0
    if options.records:
        scale = find_scale(options.records, lambda scale: len(years) * sum(
            records(students) for schools in schools_at(scale) for students in schools))
    number = persons = 0
    numbered = []
    for schools in schools_at(scale):
        numbered.append([(number + k, k, students) for k, students in enumerate(schools)])
        number += len(schools)
    for year in years:
        for lea, (schools, (_, sent)) in enumerate(zip(numbered, leas)):
            yield Part(lea, year, "", schools, sent, persons)
            persons += sum(students for _, _, students in schools)


def plan_sources(leas, years, options, records):
    """Schools with files of their own, dealt out to LEAs and years."""
    students = round(find_scale(options.records_each * len(options.types),
                                lambda scale: records(round(scale))))
    schools = options.sources // len(options.types)
    rounds = -(-schools // (len(leas) * len(years)))
    for k in range(schools):
        lea, (turn, year) = k % len(leas), divmod(k // len(leas), len(years))
        school = lea * rounds + turn
        yield Part(lea, years[year], "-%05d" % school, [(school, turn, students)], ALL_SENT,
                   k * students)


def write_part(part, houses, options):
    code = "99%05d" % (10001 + part.lea)
    folder = os.path.join(options.out, code)
    os.makedirs(folder, exist_ok=True)
    files = {kind: open(os.path.join(folder, "%s-%s-%s%s.txt" % (code, kind, part.year, part.name)),
                        "wb") for kind in options.types}
    person, serial = part.persons, 0
    for school, place, students in part.schools:
        cds = b"%s^99%05d" % (code.encode(), school + 1)
        head = b"%s^%s" % (cds, part.year.encode())
        for number in range(-(-students // HOUSE)):
            count = min(HOUSE, students - number * HOUSE)
            house = houses[(part.lea * 5 + place + number) % HOUSES]
            marks = [b"%s^%d^S%08d" % (head, PERSONS + n, n + 1)
                     for n in range(person, person + count)]
            for kind in house.texts:
                ready = house.completers(part.sent) if kind == "SCTE" else house.students(
                    kind, number)
                files[kind].write(b"".join([mark.join(pieces) for mark, pieces
                                            in zip(marks, ready)]))
            for kind, sections in house.courses.items():
                files[kind].write(b"".join(course_lines(
                    kind, (cds, school, place), (serial, b"%02d" % number),
                    [section for section in sections if section[0] < count])))
            person += count
            serial += HOUSE * 10
    for file in files.values():
        file.close()


def course_lines(kind, school, numbers, sections):
    """The records of the sections of a house."""
    cds, in_state, in_lea = school
    first, house = numbers
    lines = []
    for serial, (_, teacher, course, rest) in enumerate(sections, first + 1):
        person = in_state * TEACHERS + teacher
        lines.append(b"%s^^C%07d^%s^%s^%d^T%06d^%s^%s" % (
            kind.encode(), serial, cds, course.replace(HOUSE_NUMBER, house), PERSONS + person,
            in_lea * TEACHERS + teacher, b"K%07d" % serial if kind == "CRSE" else b"", rest))
    return lines


def shares_of(parts, count):
    """The parts, dealt out to so many processes, each about as much."""
    shares, loads = [[] for _ in range(count)], [0] * count
    for part in sorted(parts, key=lambda part: -sum(school[2] for school in part.schools)):
        least = loads.index(min(loads))
        shares[least].append(part)
        loads[least] += sum(school[2] for school in part.schools)
    return shares


def write_parts(parts, houses, options):
    # A year after the other, for what was made ready is kept for some houses alone.
    for part in sorted(parts, key=lambda part: (part.year, part.lea, part.name)):
        write_part(part, houses[part.year], options)


def write_state(options):
    """Makes the state of the options of gen-district."""
    leas, count = options.state
    last = int(options.year[:4])
    years = ["%d-%d" % (year, year + 1) for year in range(last - count + 1, last + 1)]
    houses = {year: make_houses(Facts(options.facts, year), options) for year in years}
    records = reckon_records(houses[years[-1]])
    sizes = students_of_leas(leas, random.Random("state %s" % options.seed))
    plan = plan_sources if options.sources else plan_districts
    parts = list(plan(sizes, years, options, records))
    last = max(parts, key=lambda part: part.persons)
    most_schools = max(school[0] for part in parts for school in part.schools) + 1
    if last.persons + sum(school[2] for school in last.schools) > MOST_PERSONS \
            or most_schools > 99999 or most_schools * TEACHERS > MOST_PERSONS:
        sys.exit("gen-district: there are not enough numbers for so many students; ask for fewer "
                 "LEAs, years or records")
    if options.processes == 1:
        write_parts(parts, houses, options)
        return
    fork = multiprocessing.get_context("fork")
    workers = [fork.Process(target=write_parts, args=(share, houses, options))
               for share in shares_of(parts, options.processes)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    if any(worker.exitcode for worker in workers):
        sys.exit("gen-district: a process failed")
