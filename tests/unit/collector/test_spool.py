"""The spool file: what add() returned for is there for whoever owns the file next, and nothing else is."""

import multiprocessing
import os
import sqlite3
import uuid
from pathlib import Path

import pytest

from api.collector.batches import EVENTS, Batch, BatchUnreadableError, Fault, Line, Receipt, Target, count_receipts, decode, encode
from api.collector.spool import Spool, SpoolDamagedError, SpoolFullError, adopt, make_spool, orphans

FIRST, SECOND = uuid.UUID(int=1), uuid.UUID(int=2)


def full(spool: Spool) -> list[tuple[uuid.UUID, bytes]]:
    return [(kept.batch_id, kept.payload) for kept in spool.read(10**6)]


def test_what_was_added_is_read_in_order_and_removed_once(tmp_path: Path) -> None:
    spool = make_spool(tmp_path, "own", 1_000)
    spool.add([(FIRST, b"one"), (SECOND, b"two")])
    assert full(spool) == [(FIRST, b"one"), (SECOND, b"two")]
    assert [kept.batch_id for kept in spool.read(1)] == [FIRST]
    spool.remove(spool.read(1))
    assert (full(spool), spool.count, spool.bytes) == ([(SECOND, b"two")], 1, 3)
    spool.remove(spool.read(1))
    spool.close()
    assert list(tmp_path.iterdir()) == []


def test_a_full_spool_takes_nothing_of_what_does_not_fit(tmp_path: Path) -> None:
    spool = make_spool(tmp_path, "own", 10)
    spool.add([(FIRST, b"12345678")])
    with pytest.raises(SpoolFullError):
        spool.add([(SECOND, b"123")])
    assert full(spool) == [(FIRST, b"12345678")]
    spool.close()


def die_with_a_batch(folder: Path) -> None:
    spool = make_spool(folder, "dead", 1_000)
    spool.identity = "here"
    spool.add([(FIRST, b"one")])
    os._exit(9)


def test_the_spool_of_a_dead_process_is_adopted_and_a_living_ones_is_not(tmp_path: Path) -> None:
    child = multiprocessing.get_context("fork").Process(target=die_with_a_batch, args=(tmp_path,))
    child.start()
    child.join()
    living = make_spool(tmp_path, "living", 1_000)
    dead, alive = orphans(tmp_path)
    assert adopt(alive, 1_000) is None
    adopted = adopt(dead, 1_000)
    assert adopted is not None and adopted.identity == "here"
    assert full(adopted) == [(FIRST, b"one")]
    # Nobody else adopts it meanwhile, and once it is drained there is nothing to adopt.
    assert adopt(dead, 1_000) is None
    adopted.remove(adopted.read(1_000))
    adopted.close()
    assert adopt(dead, 1_000) is None
    assert not dead.exists()
    living.close()


@pytest.mark.parametrize("damage", [b"not a database at all" * 300, None])
def test_a_damaged_spool_is_set_aside_with_its_bytes(tmp_path: Path, damage: bytes | None) -> None:
    spool = make_spool(tmp_path, "own", 10**6)
    spool.add([(uuid.UUID(int=n), bytes([n]) * 3_000) for n in range(1, 30)])
    spool._database.execute("pragma wal_checkpoint(truncate)")
    spool.close()
    path = orphans(tmp_path)[0]
    # Either all of it is something else, or its middle was overwritten.
    bytes_before = damage or path.read_bytes()[:8_192] + b"\xff" * 8_192 + path.read_bytes()[16_384:]
    path.write_bytes(bytes_before)
    with pytest.raises(SpoolDamagedError, match="the file is now"):
        adopt(path, 10**6)
    assert orphans(tmp_path) == []
    kept = [each for each in tmp_path.iterdir() if ".damaged-" in each.name and not each.name.endswith(("-wal", "-shm"))]
    assert [each.read_bytes() for each in kept] == [bytes_before]


def test_the_disk_is_waited_for(tmp_path: Path) -> None:
    """With synchronous=off or normal a power cut would take acknowledged events along."""
    spool = make_spool(tmp_path, "own", 1_000)
    assert spool._database.execute("pragma synchronous").fetchone() == (2,)
    assert spool._database.execute("pragma journal_mode").fetchone() == ("wal",)
    spool.close()


def test_a_batch_comes_back_as_it_was_and_a_changed_bit_is_seen() -> None:
    other = Target("raw.other", ("a", "b"))
    batch = Batch(
        lines=(Line(EVENTS, b"1\tcarriage\rreturn\x85\t2\n"), Line(other, b"x\n"), Line(EVENTS, "ü\u2028\n".encode())),
        faults=(Fault(1, "code", "reason", b"\xff\x00raw", '{"a": 1}', "2026-01-31T08:30:00+00:00"),),
        receipts=count_receipts([Receipt(1, "s", "2026-01-31T08:30:01.5+00:00", 2)] * 2),
        run_id="run",
    )
    text = encode(batch)
    found = decode(batch.batch_id, text)
    assert (found.faults, found.receipts, found.run_id, found.batch_id) == (batch.faults, batch.receipts, "run", batch.batch_id)
    assert sorted(found.lines) == sorted(batch.lines)
    assert found.receipts[0].received_count == 4
    with pytest.raises(BatchUnreadableError):
        decode(batch.batch_id, text[:-2] + bytes([text[-2] ^ 1]) + text[-1:])


def test_somebody_who_looks_at_the_file_breaks_nothing(tmp_path: Path) -> None:
    spool = make_spool(tmp_path, "own", 1_000)
    spool._database.execute("pragma busy_timeout = 50")
    other = sqlite3.connect(spool.path, isolation_level=None)
    other.execute("begin immediate")
    with pytest.raises(SpoolFullError, match="locked"):
        spool.add([(FIRST, b"one")])
    other.execute("rollback")
    spool.add([(FIRST, b"one")])
    assert full(spool) == [(FIRST, b"one")]
    other.close()
    spool.close()
