"""Folders of code tables that are made up: a small one that is sound in every way, and one as large
as one likes.

    made_up.py ROWS FOLDER SCHEMAS    writes the large one, with the schemas of that folder
"""

import os
import shutil
import sys

HASH = "0" * 64
HEAD = ('  <title>%s</title>\n  <source file="facts.tsv" title="Invented" date="2001-02" sha256="' +
        HASH + '"/>\n')
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

# What colours became. Old ones (`pale`) go to today's by `fade`, today's to hues and shades by
# `paint`.
SMALL = {
    "layouts/wall-1.xml":
    '<layout id="wall-1" status="published" agency="Painters" '
    'first="2000-2001" last="2009-2010">\n' + HEAD % "Walls" + FORMS +
    '  <record types="WALL" name="Wall" order-basis="seen">\n' + FIELDS +
    "  </record>\n</layout>\n",
    "layouts/wall-2.xml":
    '<layout id="wall-2" status="published" agency="Painters" '
    'first="2010-2011">\n' + HEAD % "Walls" + FORMS +
    '  <record types="WALL" name="Wall" order-basis="seen">\n' + FIELDS +
    "  </record>\n</layout>\n",
    "layouts/wall-next.xml":
    '<layout id="wall-next" status="draft" agency="Us">\n' + HEAD % "Walls to come" + FORMS +
    '  <record types="WALL" name="Wall" order-basis="seen">\n' +
    FIELDS.replace(' code-set="colour"/>', """>
      <recode from="1.03" map="colour" output="hue"/>
    </field>""") + """\
    <field number="1.05" name="Shade" element="Shade">
      <recode from="1.03" map="colour" output="shade"/>
    </field>
  </record>
</layout>
""",
    "codesets/colour-1.xml":
    """\
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
    "codesets/hue-1.xml":
    '<codeset id="hue" version="1" status="draft" agency="Us" kind="list">\n' + HEAD % "Hues" + """\
  <code value="10" name="Warm" basis="seen"/>
  <code value="20" name="Cold" basis="seen"/>
  <code value="30" name="Late" first="2010-2011" basis="seen"/>
</codeset>
""",
    "codesets/shade-1.xml":
    '<codeset id="shade" version="1" status="draft" agency="Us" '
    'kind="list">\n' + HEAD % "Shades" + """\
  <code value="1" name="Light" basis="seen"/>
  <code value="2" name="Dark" basis="seen"/>
</codeset>
""",
    "codesets/shop-1.xml":
    '<codeset id="shop" version="1" status="published" agency="Painters" '
    'kind="list">\n' + HEAD % "Shops" + """\
  <code value="07" name="Corner" basis="seen"/>
  <code value="08" name="Market" basis="seen"/>
  <code value="09" name="Mill" basis="seen"/>
</codeset>
""",
    "crosswalks/paint-1.xml":
    """\
<crosswalk id="paint" version="1" status="draft" agency="Us" target-layout="wall-next">
""" + HEAD % "Colours to hues" + """\
  <map id="colour" from="colour" unlisted="hold" evidence="bought">
    <output id="hue" code-set="hue"/>
    <output id="shade" code-set="shade"/>
    <note>Old colours are for fade.</note>
    <row n="1" code="r" kind="renamed" to="10 1" confidence="high" basis="looked at it" \
note="glows"/>
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
    "crosswalks/fade-1.xml":
    '<crosswalk id="fade" version="1" status="draft" agency="Us">\n' + HEAD % "Old colours" + """\
  <map id="colour" from="colour" unlisted="pass">
    <output id="colour" code-set="colour"/>
    <row n="1" code="p" kind="renamed" to="w"/>
    <row n="2" code="q" kind="undecided"/>
  </map>
</crosswalk>
""",
    "rules/paper-1.xml":
    '<rules id="paper" version="1" status="draft" agency="Us">\n' + HEAD % "Rules" + """\
  <join id="bought" record="WALL" group="1.02" code="1.03" in="WALL" as="1.02" link="1.02" \
through="WALL" link-as="1.02" \
course="1.04" local-course="1.04" grade="1.02" code-set="shop" property="colour"/>
  <rule id="ONE" check="condition" records="WALL" field="1.04" severity="W" severity-basis="own" \
test="pair 1.04 1.03 in shop">
    <message>m</message>
    <action>a</action>
  </rule>
</rules>
""",
}

# Crafts and the tiles that belong to them, as pathways and their courses: a master of a craft must
# have made a tile of each rank.
TRADE = {
    "layouts/guild-1.xml":
    '<layout id="guild-1" status="published" agency="Painters" '
    'first="2000-2001">\n' + HEAD % "Guilds" + FORMS + """\
  <record types="MSTR" name="Master" order-basis="seen">
    <field number="2.01" name="Kind" element="Kind" role="record-type"/>
    <field number="2.02" name="Year" element="Year" role="academic-year"/>
    <field number="2.03" name="Craft" element="Craft" code-set="craft"/>
  </record>
  <record types="TILE" name="Tile" order-basis="seen">
    <field number="3.01" name="Kind" element="Kind" role="record-type"/>
    <field number="3.02" name="Year" element="Year" role="academic-year"/>
    <field number="3.03" name="Tile" element="Tile" code-set="tile"/>
  </record>
</layout>
""",
    "codesets/craft-1.xml":
    '<codeset id="craft" version="1" status="published" agency="Painters" '
    'kind="list">\n' + HEAD % "Crafts" +
    "".join('  <code value="%s" name="Craft %s" basis="seen"/>\n' % (craft, craft)
            for craft in ("A", "B", "C", "D", "X")) + "</codeset>\n",
    "codesets/tile-1.xml":
    '<codeset id="tile" version="1" status="published" agency="Painters" '
    'kind="list">\n' + HEAD % "Tiles" + """\
  <code value="A1" name="One" basis="seen" craft="A" rank="Yes"/>
  <code value="A2" name="Two" basis="seen" craft="A" top="Yes"/>
  <code value="B1" name="Three" basis="seen" craft="B" rank="Yes"/>
  <code value="B2" name="Four" basis="seen" craft="B" rank="Yes"/>
  <code value="B3" name="Five" basis="seen" craft="B" top="Yes"/>
  <code value="C1" name="Six" basis="seen" craft="C" rank="Yes"/>
  <code value="C2" name="Seven" basis="seen" craft="C" top="Yes"/>
  <code value="D1" name="Eight" basis="seen" craft="D" rank="Yes"/>
  <code value="D2" name="Nine" basis="seen" craft="D" rank="Yes"/>
  <code value="D3" name="Ten" basis="seen" craft="D" top="Yes"/>
  <code value="M1" name="Of two" last="2009-2010" basis="seen" craft="A"/>
  <code value="M1" name="Of two" last="2009-2010" basis="seen" craft="C"/>
  <code value="M1" name="Of one" first="2010-2011" basis="seen" craft="A"/>
  <code value="X1" name="Try it" basis="seen" craft="X"/>
</codeset>
""",
    "crosswalks/trade-1.xml":
    """\
<crosswalk id="trade" version="1" status="draft" agency="Us">
""" + HEAD % "Crafts and tiles to hues" + """\
  <map id="craft" from="craft" unlisted="hold" evidence="made">
    <output id="hue" code-set="hue"/>
    <output id="shade" code-set="shade"/>
    <row n="1" code="A" kind="renamed" to="10 1"/>
    <row n="2" code="B" kind="undecided">
      <when n="3" field="3.03" values="B1" to="10 2"/>
      <choice n="4" to="10 2" role="primary"/>
      <choice n="5" to="20 1" role="alternative"/>
    </row>
    <row n="6" code="C" kind="undecided">
      <choice n="7" to="10 1" role="primary"/>
      <choice n="8" to="20 2" role="alternative"/>
    </row>
    <row n="9" code="D" kind="split-one" to="20 -">
      <when n="10" field="3.03" values="D1" to="20 1"/>
      <when n="11" field="3.03" values="D2" to="20 2"/>
      <choice n="12" to="20 1" role="primary"/>
      <choice n="13" to="20 2" role="other-subcluster"/>
    </row>
    <row n="14" code="X" kind="none"/>
  </map>
  <map id="tile" from="tile" unlisted="pass">
    <output id="hue" code-set="hue"/>
    <output id="shade" code-set="shade"/>
    <row n="20" code="A1" kind="merged" to="10 1"/>
    <row n="21" code="A2" kind="merged" to="10 1"/>
    <row n="22" code="B1" kind="renamed" to="10 2"/>
    <row n="23" code="B2" kind="merged" to="20 1"/>
    <row n="24" code="B3" kind="undecided">
      <choice n="25" to="10 2" role="primary"/>
      <choice n="26" to="20 1" role="alternative"/>
    </row>
    <row n="27" code="C1" kind="undecided">
      <choice n="28" to="10 1" role="primary"/>
      <choice n="29" to="20 2" role="alternative"/>
    </row>
    <row n="30" code="C2" kind="undecided">
      <choice n="31" to="10 1" role="primary"/>
      <choice n="32" to="20 2" role="alternative"/>
    </row>
    <row n="33" code="D1" kind="merged" to="20 1"/>
    <row n="34" code="D2" kind="renamed" to="20 2"/>
    <row n="35" code="D3" kind="split-one" to="20 -"/>
    <row n="36" code="M1" kind="undecided" last="2009-2010">
      <choice n="37" to="10 1" role="primary"/>
      <choice n="38" to="20 2" role="alternative"/>
    </row>
    <row n="39" code="M1" kind="merged" first="2010-2011" to="10 1"/>
    <row n="40" code="X1" kind="split-one" to="10 -"/>
  </map>
</crosswalk>
""",
    "rules/paper-1.xml":
    '<rules id="paper" version="1" status="draft" agency="Us">\n' + HEAD % "Rules" + """\
  <join id="made" record="MSTR" group="2.02" code="2.03" in="TILE" as="3.02" link="3.02" \
through="TILE" link-as="3.02" \
course="3.03" local-course="3.03" grade="3.02" code-set="tile" property="craft" prefer="top rank" \
required="top rank"/>
  <rule id="ONE" check="condition" records="MSTR" field="2.03" severity="W" severity-basis="own" \
test="2.03 filled">
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


def trade(folder):
    """Crafts and tiles beside what small() wrote, whose rules and paint they do without."""
    for name in ("crosswalks/paint-1.xml", "crosswalks/fade-1.xml", "layouts/wall-next.xml"):
        os.unlink(os.path.join(folder, name))
    for name, text in TRADE.items():
        write(folder, name, DECLARATION + text)


def large(folder, schemas, rows):
    """A code set of so many codes, another one, and a crosswalk that leads from each code of the
    one to one of the other."""
    small(folder, schemas)
    for name in ("from", "to"):
        write(
            folder, "codesets/large-%s-1.xml" % name, DECLARATION +
            '<codeset id="large-%s" version="1" status="draft" agency="Us" kind="list">\n' % name +
            HEAD % "Large" +
            "".join('  <code value="%s%06d" name="Code %d" first="1990-1991" basis="seen"/>\n' %
                    (name[0], n, n) for n in range(rows)) + "</codeset>\n")
    write(
        folder, "crosswalks/large-1.xml", DECLARATION +
        '<crosswalk id="large" version="1" status="draft" agency="Us">\n' + HEAD % "Large" +
        '  <map id="large" from="large-from" unlisted="hold">\n    <output id="to" '
        'code-set="large-to"/>\n' +
        "".join('    <row n="%d" code="f%06d" kind="renamed" to="t%06d" name="Code %d" '
                'confidence="high" basis="by number"/>\n' % (n + 1, n, n, n)
                for n in range(rows)) + "  </map>\n</crosswalk>\n")


if __name__ == "__main__":
    large(sys.argv[2], sys.argv[3], int(sys.argv[1]))
