"""Every option of an aiokafka client, said aloud: several of its defaults lose records or are slow.

aiokafka's own defaults begin reading at the end, commit on a clock whether a batch was handled or not, acknowledge
before replicas have it, and send small batches. A test compares this with the library's signatures, so that an option
of a newer version is noticed.
"""

from typing import Any

from aiokafka.coordinator.assignors.roundrobin import RoundRobinPartitionAssignor

from services.eventlog.kafka_access import KafkaAccess
from services.eventlog.topics import MAX_RECORD_BYTES

#: Bytes of a batch of records for one partition: with 16 KiB throughput is a third.
BATCH_BYTES = 256 * 1024


def _milliseconds(seconds: float) -> int:
    return int(seconds * 1000)


def producer_options(access: KafkaAccess, client_id: str) -> dict[str, Any]:
    """Return the options of a producer: idempotent, acknowledged by all replicas in step, no transactions."""
    return {
        **access.connection_options(),
        "client_id": client_id,
        "acks": "all",
        "enable_idempotence": True,
        "compression_type": None if access.compression == "none" else access.compression,
        "max_batch_size": BATCH_BYTES,
        "max_request_size": MAX_RECORD_BYTES,
        # An append hands over all its records before the sender looks, and what comes while a request is under way
        # goes with the next one: waiting longer would only make each append later.
        "linger_ms": 0,
        "key_serializer": None,
        "value_serializer": None,
    }


def consumer_options(access: KafkaAccess, client_id: str, group: str) -> dict[str, Any]:
    """Return the options of a group's consumer: from the start, committed by hand, evicted only when it is dead."""
    pace = access.pace
    return {
        **access.connection_options(),
        "client_id": client_id,
        "group_id": group,
        "group_instance_id": None,
        # A group without a cursor stands at the start; what was trimmed before it came is passed over.
        "auto_offset_reset": "earliest",
        "enable_auto_commit": False,
        "auto_commit_interval_ms": 5000,
        "isolation_level": "read_uncommitted",
        "check_crcs": True,
        "session_timeout_ms": _milliseconds(pace.session),
        "heartbeat_interval_ms": _milliseconds(pace.heartbeat),
        "rebalance_timeout_ms": _milliseconds(pace.patience + pace.session),
        "max_poll_interval_ms": _milliseconds(pace.longest_step),
        "partition_assignment_strategy": (RoundRobinPartitionAssignor,),
        "fetch_min_bytes": 1,
        # Short, because a change of position waits for the question that is under way.
        "fetch_max_wait_ms": 100,
        "max_partition_fetch_bytes": MAX_RECORD_BYTES,
        "fetch_max_bytes": 16 * MAX_RECORD_BYTES,
        "max_poll_records": None,
        "consumer_timeout_ms": 200,
        "exclude_internal_topics": True,
        "key_deserializer": None,
        "value_deserializer": None,
        "client_rack": None,
    }


def client_options(access: KafkaAccess, client_id: str) -> dict[str, Any]:
    """Return the options of a plain client, which asks questions."""
    return {**access.connection_options(), "client_id": client_id}
