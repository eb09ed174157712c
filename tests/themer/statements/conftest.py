"""Statements as a test needs them: the themer on a bench, and statements as the anonymiser sends them."""

import pytest
import service_bench
import statement_bench


@pytest.fixture
async def bench(tmp_path, stores):
    async with service_bench.bench_in(tmp_path, **stores.environment) as found:
        yield statement_bench.StatementBench(found)
