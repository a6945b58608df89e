"""Makes .xlsx files for the tests, sound ones and others.  Shares nothing with the programs that
read them."""

import io
import zipfile
from xml.sax.saxutils import escape, quoteattr

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
DOC = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"
HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'

# Styles by their place: 0 nothing, 1 the built-in date, 2 a date of its own, 3 six zeros, 4 zeros
# with a point, 5 [Red] with d in quotes, 6 and 7 days in digits, 8 an exponent, 9 a date and time.
STYLES = HEAD + """<styleSheet xmlns="%s"><numFmts count="8"><numFmt numFmtId="164" \
formatCode="d\\-mmm\\-yy"/>
<numFmt numFmtId="165" formatCode="000000"/><numFmt numFmtId="166" formatCode="00.0000"/>
<numFmt numFmtId="167" formatCode="[Red]0&quot;days&quot;"/>
<numFmt numFmtId="168" formatCode="yyyymmdd"/><numFmt numFmtId="169" formatCode="yyyy\\-mm\\-dd"/>
<numFmt numFmtId="170" formatCode="0.00E+00"/><numFmt numFmtId="171" \
formatCode="yyyymmdd hh:mm"/></numFmts>
<cellStyleXfs><xf numFmtId="14"/></cellStyleXfs>
<cellXfs><xf numFmtId="0"/><xf numFmtId="14"/><xf numFmtId="164"/><xf numFmtId="165"/><xf \
numFmtId="166"/><xf numFmtId="167"/>
<xf numFmtId="168"/><xf numFmtId="169"/><xf numFmtId="170"/><xf numFmtId="171"/></cellXfs>
</styleSheet>""" % MAIN


class Cell:
    """A cell that is not plain text: a number with a style, a formula, an error."""
    def __init__(self, value, style=0, formula=None, kind="n"):
        self.value, self.style, self.formula, self.kind = value, style, formula, kind


def letters(column):
    text = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        text = chr(ord("A") + rest) + text
    return text


def worksheet(rows, strings, merges=(), inline=False):
    """rows: lists of None, text or Cell.  Texts go into the list of shared strings, or stay in the
    cell."""
    made = [HEAD + '<worksheet xmlns="%s"><sheetData>' % MAIN]
    for number, row in enumerate(rows, 1):
        made.append('<row r="%d">' % number)
        for column, value in enumerate(row):
            if value is None:
                continue
            place = "%s%d" % (letters(column), number)
            if isinstance(value, Cell):
                formula = "<f>%s</f>" % escape(value.formula) if value.formula else ""
                made.append('<c r="%s" s="%d" t="%s">%s<v>%s</v></c>' %
                            (place, value.style, value.kind, formula, escape(str(value.value))))
            elif inline:
                made.append('<c r="%s" t="inlineStr"><is><t xml:space="preserve">%s</t></is></c>' %
                            (place, escape(value)))
            else:
                if value not in strings:
                    strings.append(value)
                made.append('<c r="%s" t="s"><v>%d</v></c>' % (place, strings.index(value)))
        made.append("</row>")
    made.append("</sheetData>")
    if merges:
        made.append("<mergeCells>" + "".join('<mergeCell ref="%s"/>' % merge
                                             for merge in merges) + "</mergeCells>")
    made.append("</worksheet>")
    return "".join(made)


def parts(sheets, inline=False, merges=()):
    """The parts of a workbook, by name.  A shared string is written as two runs with a reading aid
    between, as Excel may do."""
    strings, made = [], {}
    for index, (name, rows) in enumerate(sheets, 1):
        made["xl/worksheets/sheet%d.xml" % index] = worksheet(rows, strings, merges, inline)
    made["_rels/.rels"] = HEAD + (
        '<Relationships xmlns="%s"><Relationship Id="rId1" Type="%s/officeDocument" '
        'Target="xl/workbook.xml"/></Relationships>' % (PACKAGE, DOC))
    made["xl/workbook.xml"] = (HEAD +
                               '<workbook xmlns="%s" xmlns:r="%s"><sheets>%s</sheets></workbook>' %
                               (MAIN, DOC, "".join('<sheet name=%s sheetId="%d" r:id="rId%d"/>' %
                                                   (quoteattr(name), i, i)
                                                   for i, (name, rows) in enumerate(sheets, 1))))
    relations = "".join(
        '<Relationship Id="rId%d" Type="%s/worksheet" Target="worksheets/sheet%d.xml"/>' %
        (i, DOC, i) for i in range(1,
                                   len(sheets) + 1))
    made["xl/_rels/workbook.xml.rels"] = HEAD + (
        '<Relationships xmlns="%s">%s<Relationship Id="s" Type="%s/styles" Target="styles.xml"/>'
        '<Relationship Id="t" Type="%s/sharedStrings" '
        'Target="/xl/sharedStrings.xml"/></Relationships>' % (PACKAGE, relations, DOC, DOC))
    made["xl/styles.xml"] = STYLES
    made["xl/sharedStrings.xml"] = HEAD + '<sst xmlns="%s">%s</sst>' % (MAIN, "".join(
        '<si><r><t xml:space="preserve">%s</t></r><rPh><t>aid</t></rPh><r><t '
        'xml:space="preserve">%s</t></r></si>' % (escape(text[:2]), escape(text[2:]))
        for text in strings))
    return made


def pack(made, compress=zipfile.ZIP_DEFLATED):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", compress) as archive:
        for name, text in made.items():
            archive.writestr(name, text)
    return buffer.getvalue()


def workbook(rows, name="Sheet1", **more):
    return pack(parts([(name, rows)], **more))
