"""Folders of code tables that are made up: a small one that is sound in every way, and one as large as one likes.

    made_up.py ROWS FOLDER SCHEMAS    writes the large one, with the schemas of that folder
"""

import os
import shutil
import sys

HASH = "0" * 64
HEAD = '  <title>%s</title>\n  <source file="facts.tsv" title="Invented" date="2001-02" sha256="' + HASH + '"/>\n'
DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>\n'

FORMS = """\
  <xml root="Made"/>
  <form id="upload" suffix=""/>
  <form id="rejected" suffix="-E"/>
"""

FIELDS = """\
    <field number="1.01" name="Kind" element="Kind" role="record-type"/>
    <field number="1.02" name="Year" element="Year" role="academic-year"/>
    <field number="1.03" name="Colour" element="Colour" code-set="colour"/>
    <field number="1.04" name="Shop" element="Shop" code-set="shop"/>
"""

# What colours became. Old ones (`pale`) go to today's by `fade`, today's to hues and shades by `paint`.
SMALL = {
    "layouts/wall-1.xml": '<layout id="wall-1" status="published" agency="Painters" first="2000-2001" last="2009-2010">\n' +
    HEAD % "Walls" + FORMS + '  <record types="WALL" name="Wall" order-basis="seen">\n' + FIELDS + "  </record>\n</layout>\n",
    "layouts/wall-2.xml": '<layout id="wall-2" status="published" agency="Painters" first="2010-2011">\n' +
    HEAD % "Walls" + FORMS + '  <record types="WALL" name="Wall" order-basis="seen">\n' + FIELDS + "  </record>\n</layout>\n",
    "layouts/wall-next.xml": '<layout id="wall-next" status="draft" agency="Us">\n' + HEAD % "Walls to come" + FORMS +
    '  <record types="WALL" name="Wall" order-basis="seen">\n' + FIELDS.replace(' code-set="colour"/>', """>
      <recode from="1.03" map="colour" output="hue"/>
    </field>""") + """\
    <field number="1.05" name="Shade" element="Shade">
      <recode from="1.03" map="colour" output="shade"/>
    </field>
  </record>
</layout>
""",
    "codesets/colour-1.xml": """\
<codeset id="colour" version="1" status="published" agency="Painters" kind="list">
""" + HEAD % "Colours" + """\
  <code value="r" name="Red" first="2000-2001" basis="seen" warm="yes"/>
  <code value="g" name="Green" first="2000-2001" basis="seen"/>
  <code value="b" name="Blue" first="2000-2001" last="2019-2020" basis="seen"/>
  <code value="b" name="New blue" first="2020-2021" basis="inferred"/>
  <code value="k" name="Black" first="2000-2001" basis="seen"/>
  <code value="w" name="White" first="2000-2001" basis="seen"/>
  <code value="o" name="Ochre" first="2000-2001" basis="seen"/>
  <code value="p" name="Pale" first="2000-2001" last="2004-2005" basis="seen"/>
  <code value="q" name="Quartz" first="2000-2001" last="2004-2005" basis="seen"/>
</codeset>
""",
    "codesets/hue-1.xml": '<codeset id="hue" version="1" status="draft" agency="Us" kind="list">\n' + HEAD % "Hues" + """\
  <code value="10" name="Warm" basis="seen"/>
  <code value="20" name="Cold" basis="seen"/>
  <code value="30" name="Late" first="2010-2011" basis="seen"/>
</codeset>
""",
    "codesets/shade-1.xml": '<codeset id="shade" version="1" status="draft" agency="Us" kind="list">\n' + HEAD % "Shades" + """\
  <code value="1" name="Light" basis="seen"/>
  <code value="2" name="Dark" basis="seen"/>
</codeset>
""",
    "codesets/shop-1.xml": '<codeset id="shop" version="1" status="published" agency="Painters" kind="list">\n' + HEAD % "Shops" + """\
  <code value="07" name="Corner" basis="seen"/>
  <code value="08" name="Market" basis="seen"/>
  <code value="09" name="Mill" basis="seen"/>
</codeset>
""",
    "crosswalks/paint-1.xml": """\
<crosswalk id="paint" version="1" status="draft" agency="Us" target-layout="wall-next">
""" + HEAD % "Colours to hues" + """\
  <map id="colour" from="colour" unlisted="hold" evidence="bought">
    <output id="hue" code-set="hue"/>
    <output id="shade" code-set="shade"/>
    <note>Old colours are for fade.</note>
    <row n="1" code="r" kind="renamed" to="10 1" confidence="high" basis="looked at it" note="glows"/>
    <row n="2" code="g" kind="merged" to="20 2"/>
    <row n="3" code="b" kind="merged" to="20 2"/>
    <row n="4" code="k" kind="none" to="- -"/>
    <row n="5" code="w" kind="split-one" to="10 -">
      <when n="6" field="1.04" values="07-08" to="10 2" basis="they stock it"/>
      <choice n="7" to="10 2" role="primary" confidence="low"/>
    </row>
    <row n="8" code="o" kind="undecided">
      <choice n="9" to="10 2" role="primary" note="mostly"/>
      <choice n="10" to="20 1" role="alternative"/>
    </row>
  </map>
</crosswalk>
""",
    "crosswalks/fade-1.xml": '<crosswalk id="fade" version="1" status="draft" agency="Us">\n' + HEAD % "Old colours" + """\
  <map id="colour" from="colour" unlisted="pass">
    <output id="colour" code-set="colour"/>
    <row n="1" code="p" kind="renamed" to="w"/>
    <row n="2" code="q" kind="undecided"/>
  </map>
</crosswalk>
""",
    "rules/paper-1.xml": '<rules id="paper" version="1" status="draft" agency="Us">\n' + HEAD % "Rules" + """\
  <join id="bought" record="WALL" group="1.02" code="1.03" in="WALL" as="1.02" link="1.02" through="WALL" link-as="1.02" \
course="1.04" local-course="1.04" grade="1.02" code-set="shop" property="colour"/>
  <rule id="ONE" check="condition" records="WALL" field="1.04" severity="W" severity-basis="own" test="pair 1.04 1.03 in shop">
    <message>m</message>
    <action>a</action>
  </rule>
</rules>
""",
}


def write(folder, name, text):
    path = os.path.join(folder, name)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="utf-8", newline="") as file:
        file.write(text)
    return path


def small(folder, schemas):
    shutil.copytree(schemas, os.path.join(folder, "schema"))
    write(folder, "sources/facts.tsv", "")
    for name, text in SMALL.items():
        write(folder, name, DECLARATION + text)


def large(folder, schemas, rows):
    """A code set of so many codes, another one, and a crosswalk that leads from each code of the one to one of the other."""
    small(folder, schemas)
    for name in ("from", "to"):
        write(folder, "codesets/large-%s-1.xml" % name,
              DECLARATION + '<codeset id="large-%s" version="1" status="draft" agency="Us" kind="list">\n' % name + HEAD % "Large" +
              "".join('  <code value="%s%06d" name="Code %d" first="1990-1991" basis="seen"/>\n' % (name[0], n, n)
                      for n in range(rows)) + "</codeset>\n")
    write(folder, "crosswalks/large-1.xml",
          DECLARATION + '<crosswalk id="large" version="1" status="draft" agency="Us">\n' + HEAD % "Large" +
          '  <map id="large" from="large-from" unlisted="hold">\n    <output id="to" code-set="large-to"/>\n' +
          "".join('    <row n="%d" code="f%06d" kind="renamed" to="t%06d" name="Code %d" confidence="high" basis="by number"/>\n'
                  % (n + 1, n, n, n) for n in range(rows)) + "  </map>\n</crosswalk>\n")


if __name__ == "__main__":
    large(sys.argv[2], sys.argv[3], int(sys.argv[1]))
