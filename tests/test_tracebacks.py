import traceback

import pytest
from sklearn.svm import SVC

from sklearn_hp._tracebacks import error_line, is_of_data_or_code, same_error


def caught(function, *args):
    try:
        function(*args)
    except BaseException as exc:
        return "".join(traceback.format_exception(exc))


def fail(message, cls=ValueError):
    raise cls(message)


def fail_because(message):
    try:
        fail("the cause")
    except ValueError as exc:
        raise RuntimeError(message) from exc


def fail_deep(n):
    return fail_deep(n - 1) + 1 if n else fail("deep")


@pytest.mark.parametrize(
    "reason, line",
    [
        (caught(fail, "Input X contains NaN."), "ValueError: Input X contains NaN."),
        (caught(fail, "first\nsecond\n  third"), "ValueError: first"),
        (caught(fail, "key", KeyError), "KeyError: 'key'"),
        (caught(fail_because, "the effect"), "RuntimeError: the effect"),
        (caught(fail_deep, 100), "ValueError: deep"),
        (caught(exec, "1 +"), "SyntaxError: invalid syntax"),
        (caught(fail, "", SystemExit), "SystemExit"),
        ("The worker process died.", "The worker process died."),
        ("\nThe score is not finite:\nscore = nan.", "The score is not finite:"),
        ("", "There is no reason."),
    ],
)
def test_the_line_that_says_what_went_wrong(reason, line):
    assert error_line(reason) == line


def test_a_group_of_exceptions_has_a_line():
    group = ExceptionGroup("several", [ValueError("one"), TypeError("two")])

    def fail_in_group():
        raise group

    for reason in caught(fail_in_group), "".join(traceback.format_exception(group)):
        assert error_line(reason) == "ExceptionGroup: several (2 sub-exceptions)"


def test_the_same_error():
    one = same_error(caught(fail, "text at <object at 0x7f12ab>"))
    assert one == same_error(caught(fail, "text at <object at 0x5500cd>"))
    assert one != same_error(caught(fail, "text at <object at 12>"))
    assert one != same_error(caught(fail, "text at <object at 0x7f12ab>", TypeError))


def test_errors_from_other_lines_are_not_the_same():
    one = caught(fail, "bad value")
    assert same_error(one) == same_error(caught(lambda: fail("bad value")))
    other = caught(exec, "raise ValueError('bad value')")
    assert error_line(one) == error_line(other)
    assert same_error(one) != same_error(other)


def test_the_whole_message_counts():
    one, other = caught(fail, "bad:\nn=1"), caught(fail, "bad:\nn=2")
    assert same_error(one) != same_error(other)


def test_a_sentence_has_many_causes():
    assert same_error("The worker process died by SIGKILL(-9).") is None


@pytest.mark.parametrize(
    "X, y", [([["a"], ["b"]], [0, 1]), ([[1], [None]], [0, 1]), ([[1], [2]], [0.1, 1])]
)
def test_what_scikit_learn_refuses_is_of_the_data(X, y):
    assert is_of_data_or_code(caught(lambda: SVC().fit(X, y)))


def test_what_the_code_lacks_is_of_the_code():
    assert is_of_data_or_code(caught(lambda: SVC().no_such_method()))
    assert not is_of_data_or_code(caught(fail, "AttributeError"))


def test_what_an_estimator_refuses_may_be_of_its_parameters():
    assert not is_of_data_or_code(caught(lambda: SVC(C=-1).fit([[1], [2]], [0, 1])))
    assert not is_of_data_or_code(caught(lambda: SVC().fit([[1], [2]], [0, 0])))
