#!/usr/bin/python3
"""Part of bin/test: prints the tests that failed, by JUnit's reports, one a line, and why.

  failed_tests.py REPORTS_DIRECTORY
"""

import sys
from pathlib import Path
from xml.etree import ElementTree

reports = Path(sys.argv[1])
for report in sorted([*reports.glob("TEST-*.xml"), *reports.glob("*/TEST-*.xml")]):
    for case in ElementTree.parse(report).iter("testcase"):
        for kind in ("failure", "error"):
            for problem in case.findall(kind):
                why = (problem.get("message") or problem.get("type") or "").strip()
                print(f"{case.get('classname')}.{case.get('name')}: {why.partition(chr(10))[0]}")
