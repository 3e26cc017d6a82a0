#!/usr/bin/python3
"""Part of bin/test: prints the tests that failed, and why.

  failed_tests.py REPORTS_DIRECTORY LOG

By JUnit's reports a line each; by unittest's words in the log, which has more of them than its
end when a part runs several suites, what it said of each.
"""

import re
import sys
from pathlib import Path
from xml.etree import ElementTree

reports, log = map(Path, sys.argv[1:])
for report in sorted([*reports.glob("TEST-*.xml"), *reports.glob("*/TEST-*.xml")]):
    for case in ElementTree.parse(report).iter("testcase"):
        for kind in ("failure", "error"):
            for problem in case.findall(kind):
                why = (problem.get("message") or problem.get("type") or "").strip()
                print(f"{case.get('classname')}.{case.get('name')}: {why.partition(chr(10))[0]}")

# A double line, the test, a simple line, the traceback, up to the next double line or the count.
FAILED = re.compile(r"^={70}\n((?:FAIL|ERROR): .*?)(?=^={70}\n|^-{70}\nRan |\Z)", re.M | re.S)
MOST = 4000
for failed in FAILED.findall(log.read_text(errors="replace")):
    text = failed.strip()
    print(text if len(text) <= MOST else f"{text[: MOST // 2]}\n...\n{text[-MOST // 2 :]}")
