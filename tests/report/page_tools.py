"""What looks at a page: Chromium, axe and an HTML validator. Each may be missing; then it is said,
and what it would have found is left out.

axe and the validator come from npm, in the versions named here, into build/npm; once they are there
no network is asked for.
"""

import json
import os
import re
import shutil
import urllib.parse

from lib import suite
from lib.suite import ROOT

TOOLS = {"axe-core": "4.14.1", "html-validate": "9.7.1"}
FOLDER = os.path.join(ROOT, "build", "npm")
# A page is XML too, so that any program can read it; and a box that scrolls is a named group, for
# which HTML has no element of its own.
RULES = {
    "extends": ["html-validate:recommended"],
    "rules": {
        "void-style": ["error", {
            "style": "selfclosing"
        }],
        "attribute-boolean-style": "off",
        "prefer-native-element": ["error", {
            "exclude": ["group"]
        }]
    }
}


def is_there(name):
    try:
        with open(os.path.join(FOLDER, "node_modules", name, "package.json"),
                  encoding="utf-8") as file:
            return json.load(file)["version"] == TOOLS[name]
    except OSError:
        return False


def from_npm():
    """The folder of modules, or None and a notice."""
    modules = os.path.join(FOLDER, "node_modules")
    if all(map(is_there, TOOLS)):
        return modules
    if not shutil.which("npm"):
        suite.skip("axe and the HTML validator",
                   "npm is not installed (Debian: apt-get install npm)")
        return None
    os.makedirs(FOLDER, exist_ok=True)
    result = suite.call("npm", "install", "--prefix", FOLDER, "--no-save", "--no-audit",
                        "--no-fund", "--ignore-scripts",
                        *[f"{name}@{version}" for name, version in TOOLS.items()], timeout=300)
    if not all(map(is_there, TOOLS)):
        suite.skip("axe and the HTML validator",
                   "npm cannot bring them: " + " ".join(result.said.split())[:200])
        return None
    return modules


def validate(modules, pages):
    """What the validator says of files, with their names."""
    rules = os.path.join(FOLDER, ".htmlvalidate.json")
    with open(rules, "w", encoding="utf-8") as file:
        json.dump({"root": True, **RULES}, file)
    result = suite.call("node", os.path.join(modules, "html-validate/bin/html-validate.mjs"),
                        "--config", rules, "--formatter", "json", *pages)
    try:
        reports = json.loads(result.out)
    except ValueError:
        return [("the validator", result.said[-500:] or result.out[:500])]
    return [(os.path.basename(one["filePath"]), message["ruleId"], message["message"],
             message["line"]) for one in reports for message in one["messages"]]


class Browser:
    """Chromium without a window."""
    def __init__(self, place):
        names = ("chromium", "chromium-browser", "google-chrome")
        self.program = next(filter(None, map(shutil.which, names)), None)
        self.options = [
            "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
            "--disable-background-networking", "--disable-component-update", "--disable-sync",
            "--allow-file-access-from-files", "--user-data-dir=" + place.path("chromium")
        ]

    def look(self, page, width, is_dark, modules):
        """What page.html finds on a page, or None and what the browser said."""
        query = {"page": "file://" + urllib.parse.quote(page), "width": width}
        if modules:
            query["axe"] = "file://" + urllib.parse.quote(
                os.path.join(modules, "axe-core/axe.min.js"))
        address = "file://{}?{}".format(
            urllib.parse.quote(os.path.join(ROOT, "tests/report/page.html")),
            urllib.parse.urlencode(query))
        # The browser's numbers for what the reader prefers: 0 is dark, 1 light.
        result = suite.call(self.program, *self.options, "--virtual-time-budget=60000",
                            f"--blink-settings=preferredColorScheme={0 if is_dark else 1}",
                            "--window-size=1400,1000", "--dump-dom", address)
        found = re.search(r'<pre id="found">(\{.*?\})</pre>', result.out, re.S)
        if not found:
            return None, (result.said[-500:], result.out[-300:])
        text = found.group(1).replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
        return json.loads(text), None

    def print(self, page, pdf):
        suite.call(self.program, *self.options, "--no-pdf-header-footer", "--print-to-pdf=" + pdf,
                   "file://" + urllib.parse.quote(page))
