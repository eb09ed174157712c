"""The anonymiser as a test needs it: real keys, the log in memory, no task running."""

import pytest
import service_bench


@pytest.fixture
async def bench(tmp_path):
    async with service_bench.bench_in(tmp_path) as found:
        yield found


@pytest.fixture
def anonymiser(bench):
    return bench.anonymiser
