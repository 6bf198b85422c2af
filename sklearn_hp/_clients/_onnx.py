"""sklearn-onnx: a search is converted as its best estimator."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sklearn.model_selection import GridSearchCV


class OnnxConvertible:
    """A fitted search that ``skl2onnx.to_onnx`` converts as one of scikit-learn's."""

    def onnx_parser(self) -> Callable[..., list[Any]]:
        """Announce the class to sklearn-onnx, which calls this for an unknown one.

        Returns
        -------
        parser : callable
            ``parser(scope, inputs)`` converts this search; the next one of its class is
            known.
        """
        _register(type(self))
        return self._parse_first

    def _parse_first(self, scope: Any = None, inputs: Any = None) -> list[Any]:
        """Parse as the class that it is by now; called in the midst of parsing it."""
        from skl2onnx._parse import parse_sklearn

        operators = scope.operators.items()
        [(name, own)] = [(k, op) for k, op in operators if op.raw_operator is self]
        # the search is no step of the model: its best estimator is
        del scope.operators[name]
        # not own.outputs.extend: each is, and stays, the output of another operator
        list.extend(own.outputs, parse_sklearn(scope, self, inputs))
        return []  # no others


def _register(search_class: type) -> None:
    """Let sklearn-onnx treat a class as scikit-learn's GridSearchCV."""
    from skl2onnx import update_registered_converter
    from skl2onnx._parse import sklearn_parsers_map
    from skl2onnx.operator_converters import grid_search_cv as converters
    from skl2onnx.shape_calculators import grid_search_cv as shapes

    update_registered_converter(
        search_class,
        "SklearnGridSearchCV",
        shapes.convert_sklearn_grid_search_cv,
        converters.convert_sklearn_grid_search_cv,
        parser=sklearn_parsers_map[GridSearchCV],
        options="passthrough",
    )
