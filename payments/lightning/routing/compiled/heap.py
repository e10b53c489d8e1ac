"""
The heap of a search: least key first, four children a node.

Nothing is taken out from within: what is out of date is passed over when it comes.
"""

from __future__ import annotations

from payments.lightning.routing.compiled.jit import inlined
from payments.lightning.routing.compiled.tables import Heap


@inlined
def push(heap: Heap, size: int, key: float, node: int) -> int:
    """Put in; the new size."""
    at = size
    while at > 0:
        above = (at - 1) >> 2
        if heap.key[above] <= key:
            break
        heap.key[at] = heap.key[above]
        heap.node[at] = heap.node[above]
        at = above
    heap.key[at] = key
    heap.node[at] = node
    return size + 1


@inlined
def pop(heap: Heap, size: int) -> int:
    """Take out the first, which has been read; the new size."""
    size -= 1
    key = heap.key[size]
    node = heap.node[size]
    at = 0
    child = 1
    while child < size:
        least = child
        for other in range(child + 1, min(child + 4, size)):
            if heap.key[other] < heap.key[least]:
                least = other
        if heap.key[least] >= key:
            break
        heap.key[at] = heap.key[least]
        heap.node[at] = heap.node[least]
        at = least
        child = 4 * at + 1
    heap.key[at] = key
    heap.node[at] = node
    return size
