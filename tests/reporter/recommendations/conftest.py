"""Recommendations of a reporter that is moved by hand, with three services that are asked."""

import pytest
import service_bench
from loop_bench import LoopBench


@pytest.fixture
async def loop(tmp_path):
    async with service_bench.bench_in(tmp_path) as bench:
        found = LoopBench(bench)
        await found.set_up()
        yield found
