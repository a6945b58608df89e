"""Reads workbooks as the archives of XML that they are, and fills cells in as a person would."""

import re
import xml.etree.ElementTree as ElementTree
import zipfile

MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"


def column_of(place):
    number = 0
    for letter in re.match("[A-Z]+", place)[0]:
        number = number * 26 + ord(letter) - 64
    return number - 1


class Book:
    """A workbook as it was written: {sheet: rows of cells}, lists to pick from, what is hidden."""

    def __init__(self, path):
        with zipfile.ZipFile(path) as archive:
            self.parts = {name: archive.read(name) for name in archive.namelist()}
        root = ElementTree.fromstring(self.parts["xl/workbook.xml"])
        sheets = list(root.iter(MAIN + "sheet"))
        self.names = [one.get("name") for one in sheets]
        self.hidden = [one.get("name") for one in sheets if one.get("state") == "hidden"]
        shared = ElementTree.fromstring(self.parts["xl/sharedStrings.xml"])
        self.shared = ["".join(t.text or "" for t in one.iter(MAIN + "t"))
                       for one in shared.iter(MAIN + "si")]
        self.kinds, self.rows, self.picks = set(), {}, {}
        for number, name in enumerate(self.names, 1):
            self.take_sheet(name, ElementTree.fromstring(self.parts[self.part(number)]))

    @staticmethod
    def part(number):
        return "xl/worksheets/sheet%d.xml" % number

    def take_sheet(self, name, root):
        self.rows[name] = {}
        for row in root.iter(MAIN + "row"):
            cells = self.rows[name].setdefault(int(row.get("r")), {})
            for cell in row.iter(MAIN + "c"):
                value = cell.find(MAIN + "v")
                if value is not None:
                    self.kinds.add(cell.get("t"))
                    cells[column_of(cell.get("r"))] = self.shared[int(value.text)]
        self.picks[name] = {one.get("sqref"): one.findtext(MAIN + "formula1")
                            for one in root.iter(MAIN + "dataValidation")}

    def table(self, name, first):
        """[(row number, {heading: text})] of the table whose heading begins so; notes above it."""
        rows = sorted(self.rows[name].items())
        top = next(i for i, (_, cells) in enumerate(rows) if cells.get(0) == first)
        heads = rows[top][1]
        notes = " ".join(cells.get(0, "") for _, cells in rows[:top])
        return [(number, {head: cells.get(at, "") for at, head in heads.items()})
                for number, cells in rows[top + 1:]], list(heads.values()), notes

    def choices(self, sheet, place):
        first, last = re.fullmatch(r"Choices!\$A\$(\d+):\$A\$(\d+)",
                                   self.picks[sheet][place]).groups()
        return [self.rows["Choices"][number][0] for number in range(int(first), int(last) + 1)]

    def save(self, path, values, sheet="Decide"):
        """Writes it again with {place: text} in cells, as another program would: inline texts."""
        number = self.names.index(sheet) + 1
        text = self.parts[self.part(number)].decode()
        for place, value in values.items():
            cell = '<c r="%s" t="inlineStr"><is><t>%s</t></is></c>' % (
                place, value.replace("&", "&amp;").replace("<", "&lt;"))
            text, found = re.subn(r'<c r="%s"[^>]*?(/>|>.*?</c>)' % place, cell, text)
            if not found:  # in its place among the cells of its row
                row = re.search(r'(<row r="%s"[^>]*>)(.*?)</row>' % place.lstrip("ABCDEFGHIJKLMN"),
                                text)
                cells = re.findall(r'<c r="[A-Z]+\d+"[^>]*?(?:/>|>.*?</c>)', row[2]) + [cell]
                cells.sort(key=lambda one: column_of(re.match('<c r="([A-Z]+)', one)[1]))
                text = text[:row.start(2)] + "".join(cells) + text[row.end(2):]
        with zipfile.ZipFile(path, "w") as archive:
            for name, data in self.parts.items():
                archive.writestr(name, text if name == self.part(number) else data)
