"""The reporter as a test needs it: its own database and keys, the log in memory, no task running."""

import pytest
import service_bench


@pytest.fixture
async def bench(tmp_path, stores):
    async with service_bench.bench_in(tmp_path, **stores.environment) as found:
        yield found


@pytest.fixture
def reporter(bench):
    return bench.reporter
