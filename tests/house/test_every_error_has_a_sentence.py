"""Whatever is refused, a person reads one sentence about it that says more than its name."""

from __future__ import annotations

import dataclasses
import importlib
import pkgutil
import typing

import pytest

import payments
from payments.lightning.errors import LightningError
from payments.services.refusals import sentence_for


def leaves(kind):
    """The classes at the end of every branch: those that are raised."""
    below = kind.__subclasses__()
    return [leaf for branch in below for leaf in leaves(branch)] if below else [kind]


def every_error():
    for module in pkgutil.walk_packages(payments.__path__, "payments."):
        importlib.import_module(module.name)
    return sorted((leaf for leaf in leaves(LightningError) if leaf.__module__.startswith("payments.")), key=lambda leaf: leaf.code)


def example(annotation):
    """Some value of a fact's type."""
    origin, arguments = typing.get_origin(annotation), typing.get_args(annotation)
    if origin is typing.Literal:
        return arguments[0]
    if arguments and origin in (tuple, list, frozenset, set):
        return origin()
    if arguments:
        return example(arguments[0])
    supertype = getattr(annotation, "__supertype__", annotation)
    if hasattr(supertype, "__members__"):
        return next(iter(supertype))
    return {int: 1, str: "x", bytes: bytes(32), bool: True}.get(supertype)


@pytest.mark.parametrize("error", every_error(), ids=lambda error: error.code)
def test_it_is_one_sentence_for_people(error):
    types = typing.get_type_hints(error)
    sentence = sentence_for(error(**{field.name: example(types[field.name]) for field in dataclasses.fields(error)}))

    assert sentence[0].isupper() or sentence[0].isdigit()
    assert sentence.endswith((".", "?"))
    assert error.code not in sentence
    assert error.__name__ not in sentence


def test_two_refusals_can_be_told_apart():
    codes = [error.code for error in every_error()]

    assert sorted(set(codes)) == codes
