"""Fills in the sheet Decide of a worklist as a person would, by openpyxl, and saves it.

    fill_worklist.py FROM TO [HOW]

Each open question gets the first choice of its list: as it stands in the list, as its code alone,
and as the number that a spreadsheet makes of the code, in turn. HOW: `half` leaves every second one
open.
"""

import datetime
import sys

import openpyxl


def main(source, target, how=""):
    book = openpyxl.load_workbook(source)
    sheet, lists = book["Decide"], book["Choices"]
    rows = list(sheet.iter_rows())
    top = next(i for i, row in enumerate(rows) if row[0].value == "LEA")
    column = {cell.value: i for i, cell in enumerate(rows[top])}
    ranges = {place: rule.formula1 for rule in sheet.data_validations.dataValidation
              for place in str(rule.sqref).split()}
    for number, row in enumerate(rows[top + 1:]):
        if how == "half" and number % 2:
            continue
        cell = row[column["Decision"]]
        first = lists[ranges[cell.coordinate].split("!")[1].replace("$", "").split(":")[0]].value
        code = first.split()[0]
        cell.value = [first, code, int(code)][number % 3]
        row[column["Decided by"]].value = "A. Coordinator"
        row[column["Decided on"]].value = datetime.date(2026, 11, 27)
        row[column["Why"]].value = "as the teachers say"
    book.save(target)


if __name__ == "__main__":
    main(*sys.argv[1:])
