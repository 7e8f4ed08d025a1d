"""What tools/bench runs, in a network namespace of its own."""

import argparse
import datetime
import json
import sys
import tempfile

import cases
import measure
import report
from processes import Failed, Processes


def arguments():
    parser = argparse.ArgumentParser(prog="tools/bench", description="Measures streampaird beside its peers.")
    parser.add_argument("--programs", required=True, help=argparse.SUPPRESS)
    parser.add_argument("--quick", action="store_true", help="only what the ratios need; under two minutes")
    parser.add_argument("--rounds", type=int, help="interleaved rounds (default 5; quick 3)")
    parser.add_argument("--seconds", type=float, help="counted in each measurement (default 1; quick 0.6)")
    parser.add_argument("--only", action="append", default=[], metavar="TEXT",
                        help="only measurements whose name has TEXT in it; may be given again")
    parser.add_argument("--json", metavar="FILE", help="write all results there")
    parser.add_argument("--markdown", metavar="FILE", help="write the tables there")
    parser.add_argument("--chart", metavar="FILE", help="write the chart there, as SVG")
    return parser.parse_args()


def main():
    options = arguments()
    rounds = options.rounds or (3 if options.quick else 5)
    seconds = options.seconds or (0.6 if options.quick else 1.0)
    planned = cases.QUICK if options.quick else cases.FULL
    idle = cases.IDLE if options.quick else cases.IDLE_FULL

    def wanted(each):
        return not options.only or any(text in cases.key(each) for text in options.only)
    planned, idle = [each for each in planned if wanted(each)], [each for each in idle if wanted(each)]
    with tempfile.TemporaryDirectory(prefix="streampair-bench-") as folder:
        processes = Processes(folder)
        try:
            bench = measure.Bench(processes, folder, options.programs, seconds)
            results, failed = measure.run(bench, planned, idle, rounds)
        finally:
            processes.stop_all()
    if not results:
        sys.exit("nothing was measured")
    middle = measure.medians(results)
    ratios = measure.ratios(middle)
    document = {
        "date": datetime.date.today().isoformat(), "machine": report.machine(), "rounds": rounds, "seconds": seconds,
        "ratios": {each.name: value for each, value in ratios}, "medians": middle, "results": results,
        "failed": failed}
    if options.json:
        with open(options.json, "w", encoding="utf-8") as file:
            json.dump(document, file, indent=1)
            file.write("\n")
    text = report.markdown({**document, "ratio_objects": ratios})
    if options.markdown:
        with open(options.markdown, "w", encoding="utf-8") as file:
            file.write(text)
    if options.chart:
        with open(options.chart, "w", encoding="utf-8") as file:
            file.write(report.chart(middle))
    print(report.ratio_table(ratios) if options.quick and not options.only else text)
    sys.exit(1 if failed else 0)


try:
    main()
except Failed as error:
    sys.exit(f"error: {error}")
