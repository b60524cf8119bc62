"""
The peer that this package is named after: Python's Crochet. A program that is asked a line at a time what to measure, by
name and a number (of ms, or of calls), and answers each with a line of JSON: times in microseconds.
"""

import json
import sys
from time import perf_counter_ns

from crochet import run_in_reactor, setup, wait_for

setup()


@wait_for(timeout=60)
def echo(value):
    return value


@run_in_reactor
def later(value):
    return value


def blocking_calls(ms):
    """How long each took, of as many as were made in that time."""
    took = []
    now = perf_counter_ns()
    end = now + ms * 1_000_000
    while now < end:
        start = now
        echo(1)
        now = perf_counter_ns()
        took.append((now - start) / 1_000)
    return took


def pipelined_calls(calls):
    """How long one took, where all are sent before the first is read."""
    start = perf_counter_ns()
    results = [later(i) for i in range(calls)]
    for result in results:
        result.wait(60)
    return (perf_counter_ns() - start) / 1_000 / calls


measured = {"blocking_calls": blocking_calls, "pipelined_calls": pipelined_calls}

for line in sys.stdin:
    name, number = line.split()
    print(json.dumps(measured[name](int(number))), flush=True)
