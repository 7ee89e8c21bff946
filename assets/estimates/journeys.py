"""Journeys as arrays: what the data-driven models read. Standard library and numpy alone."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Integers = NDArray[np.int64]
Floats = NDArray[np.float64]
Keys = NDArray[np.uint64]
# Up to so many channels sets are counted as bit masks.
MASKED_CHANNELS = 16
# Mixes a code and its place into 64 bits; two of a million different paths meet with a chance of 3 in 100 million.
PLACE, CODE = np.uint64(0x9E3779B97F4A7C15), np.uint64(0xBF58476D1CE4E5B9)


@dataclass(frozen=True)
class Journeys:
    """One row per distinct path: its channels in order, how many journeys by it converted, and how many did not.

    `codes` holds the paths end to end, each code in 0 … channels-1; path i is codes[offsets[i]:offsets[i + 1]], never empty.
    """

    codes: Integers
    offsets: Integers
    converted: Integers
    lost: Integers
    channels: int

    @property
    def lengths(self) -> Integers:
        return np.diff(self.offsets)

    @property
    def path_of_touch(self) -> Integers:
        return np.repeat(np.arange(len(self.converted)), self.lengths)


def journeys_of(rows: Iterable[tuple[Sequence[int], int, int]], channels: int | None = None) -> Journeys:
    """From (channel codes in order, converted, lost) rows, merged. Raises ValueError for an empty path or a negative count."""
    found = [(path, converted, lost) for path, converted, lost in rows]
    if any(len(path) == 0 or converted < 0 or lost < 0 for path, converted, lost in found):
        raise ValueError("found an empty path or a negative count, expected paths of at least one touch and counts from 0")
    lengths = np.fromiter((len(path) for path, _, _ in found), np.int64, len(found))
    codes = np.fromiter((code for path, _, _ in found for code in path), np.int64, int(lengths.sum()))
    return merged(
        Journeys(
            codes,
            np.concatenate([[0], np.cumsum(lengths)]),
            np.fromiter((converted for _, converted, _ in found), np.int64, len(found)),
            np.fromiter((lost for _, _, lost in found), np.int64, len(found)),
            int(codes.max(initial=-1)) + 1 if channels is None else channels,
        )
    )


def merged(journeys: Journeys) -> Journeys:
    """The same journeys with equal paths as one row, in an order that depends on the paths alone: so does every seeded draw."""
    keys = path_keys(journeys)
    distinct, first, inverse = np.unique(keys, return_index=True, return_inverse=True)
    lengths = journeys.lengths[first]
    offsets = np.concatenate([[0], np.cumsum(lengths)])
    places = np.arange(offsets[-1]) - np.repeat(offsets[:-1] - journeys.offsets[first], lengths)
    return Journeys(
        journeys.codes[places],
        offsets,
        *_counted(journeys, inverse, len(distinct)),
        journeys.channels,
    )


def path_keys(journeys: Journeys) -> Keys:
    """One 64-bit key a path, the same for the same codes in the same order."""
    place = (np.arange(len(journeys.codes)) - np.repeat(journeys.offsets[:-1], journeys.lengths)).astype(np.uint64)
    return segment_sums(_mixed((journeys.codes.astype(np.uint64) + np.uint64(1)) * CODE + _mixed(place * PLACE)), journeys.offsets)


def channel_keys(channels: int) -> Keys:
    """One fixed 64-bit key a channel: the sum of a set's keys names the set."""
    return _mixed((np.arange(channels, dtype=np.uint64) + np.uint64(1)) * PLACE)


def segment_sums(values: Keys, offsets: Integers) -> Keys:
    """Sum of each segment modulo 2^64; no segment is empty."""
    return np.add.reduceat(values, offsets[:-1]) if len(offsets) > 1 else np.empty(0, np.uint64)


def joint_channels(journeys: Journeys) -> Integers:
    """One group number a channel: channels that are in exactly the same paths cannot be told apart and share one.

    A channel in no path is in a group of its own; groups are numbered by their first channel.
    """
    sets = touched_sets(journeys)
    signatures = np.zeros(journeys.channels, np.uint64)
    np.add.at(signatures, sets.members, _mixed(np.repeat(sets.keys, np.diff(sets.offsets))))
    absent = signatures == 0
    signatures[absent] = np.arange(1, absent.sum() + 1, dtype=np.uint64)
    _, first, inverse = np.unique(signatures, return_index=True, return_inverse=True)
    return np.argsort(np.argsort(first))[inverse].astype(np.int64)


def regrouped(journeys: Journeys, groups: Integers) -> Journeys:
    """The journeys with each channel replaced by its group."""
    named = Journeys(groups[journeys.codes], journeys.offsets, journeys.converted, journeys.lost, int(groups.max(initial=-1)) + 1)
    return merged(named)


@dataclass(frozen=True)
class TouchedSets:
    """One row per distinct set of channels that journeys met, in the order of its key; members ascend within a set."""

    members: Integers
    offsets: Integers
    keys: Keys
    converted: Integers
    lost: Integers
    channels: int


def touched_sets(journeys: Journeys) -> TouchedSets:
    """Paths without order and repeats."""
    if journeys.channels <= MASKED_CHANNELS:
        return _masked_sets(journeys)
    pairs = np.unique(journeys.path_of_touch * journeys.channels + journeys.codes)
    members = pairs % max(journeys.channels, 1)
    offsets = np.searchsorted(pairs, np.arange(len(journeys.converted) + 1) * journeys.channels)
    keys = segment_sums(channel_keys(journeys.channels)[members], offsets)
    distinct, first, inverse = np.unique(keys, return_index=True, return_inverse=True)
    lengths = np.diff(offsets)[first]
    kept = np.concatenate([[0], np.cumsum(lengths)])
    places = np.arange(kept[-1]) - np.repeat(kept[:-1] - offsets[:-1][first], lengths)
    return TouchedSets(members[places], kept, distinct, *_counted(journeys, inverse, len(distinct)), journeys.channels)


def _masked_sets(journeys: Journeys) -> TouchedSets:
    """Of few channels a set is a bit mask, and masks are counted without a sort."""
    masks = np.bitwise_or.reduceat(np.int64(1) << journeys.codes, journeys.offsets[:-1]) if len(journeys.codes) else journeys.codes
    won, lost = _counted(journeys, masks, 1 << journeys.channels)
    seen = np.unique(masks)
    bits = (seen[:, None] >> np.arange(journeys.channels)) & 1
    keys = bits.astype(np.uint64) @ channel_keys(journeys.channels)
    order = np.argsort(keys)
    offsets = np.concatenate([[0], np.cumsum(bits.sum(axis=1)[order])])
    members = np.nonzero(bits[order])[1].astype(np.int64)
    return TouchedSets(members, offsets, keys[order], won[seen[order]], lost[seen[order]], journeys.channels)


def _counted(journeys: Journeys, kinds: Integers, size: int) -> tuple[Integers, Integers]:
    won, lost = np.bincount(kinds, journeys.converted, size), np.bincount(kinds, journeys.lost, size)
    return won.astype(np.int64), lost.astype(np.int64)


def _mixed(values: Keys) -> Keys:
    """splitmix64's finalizer."""
    values = (values ^ (values >> np.uint64(30))) * CODE
    values = (values ^ (values >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return values ^ (values >> np.uint64(31))
