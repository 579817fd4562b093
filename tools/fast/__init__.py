"""Answers plain calls of tools ahead of router and SDK; whatever is unusual goes past it unchanged."""

from tools.fast.answers import Answers
from tools.fast.encoding import Encoder
from tools.fast.lane import FastLane
from tools.fast.repeats import Repeats

__all__ = ["Answers", "Encoder", "FastLane", "Repeats"]
