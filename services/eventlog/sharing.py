"""How the partitions of a group's topics are shared out among its live workers.

The share-out is a function of the members and nothing else, so every process that works it out gets the same one.
"""

from collections.abc import Mapping

from services.eventlog.interface import TopicPartition


def share_out(members: Mapping[int, frozenset[TopicPartition]]) -> dict[TopicPartition, int]:
    """Return the owner of each partition, round robin.

    Args:
        members: for each live member (numbered in the order of joining) the partitions that it would read.

    Returns:
        For every partition of any member one of the members that would read it. Shares differ by at most one where
        all members read the same topics.
    """
    owners: dict[TopicPartition, int] = {}
    for turn, place in enumerate(sorted(frozenset[TopicPartition]().union(*members.values()))):
        candidates = [member for member in sorted(members) if place in members[member]]
        owners[place] = candidates[turn % len(candidates)]
    return owners
