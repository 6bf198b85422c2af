"""``sklearn.tests.test_metaestimators_metadata_routing``; of all, our searches."""

from ._installed import OTHERS, SEARCHES, expose, load

_routing = load("sklearn.tests.test_metaestimators_metadata_routing")

# The tests are parametrized over these lists, so they are cut in place.
_routing.METAESTIMATORS[:] = [
    info
    for info in _routing.METAESTIMATORS
    if info["metaestimator"] in SEARCHES.values()
]
for search, twin in OTHERS.values():
    [like] = [
        i for i in _routing.METAESTIMATORS if i["metaestimator"] is SEARCHES[twin]
    ]
    _routing.METAESTIMATORS.append(like | {"metaestimator": search})
_routing.METAESTIMATOR_IDS[:] = [
    info["metaestimator"].__name__ for info in _routing.METAESTIMATORS
]
del _routing.test_unsupported_estimators_get_metadata_routing
del _routing.test_unsupported_estimators_fit_with_metadata

globals().update(expose(_routing))


def test_all_searches_are_tested():
    assert len(_routing.METAESTIMATORS) == len(SEARCHES) + len(OTHERS)
