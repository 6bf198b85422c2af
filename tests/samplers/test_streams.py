"""Random numbers for one use."""

import numpy as np

from sklearn_hp.samplers._streams import Use, stream


def test_no_two_streams_are_the_same():
    first = [
        stream(seed, number, use).random()
        for seed in range(3)
        for number in range(3)
        for use in Use
    ]
    # those of the start design, and of whoever uses the seed alone
    first += [np.random.default_rng(seed).random() for seed in range(3)]
    first += [np.random.default_rng([1, number]).random() for number in (1, 2)]
    assert len(set(first)) == len(first)


def test_a_stream_is_drawn_anew_each_time():
    one, other = stream(3, 5, Use.DRAWING), stream(3, 5, Use.DRAWING)
    np.testing.assert_array_equal(one.random(9), other.random(9))
