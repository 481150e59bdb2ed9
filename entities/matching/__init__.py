"""Matching: which entity of the base each feature of a survey is, so that a thing is measured once.

In the order of the rules: a feature is what it declares to be; what is exactly the same is the same; what overlaps
enough both ways is one thing surveyed twice; parts that fill a whole are a split or a merge; what shares nothing with
any entity is new; and about the rest a person has to decide.
"""

from entities.matching.deciding import match
from entities.matching.policy import MatchPolicy
from entities.matching.registering import Registration, register
from entities.matching.result import BANDS, Cover, Descent, Match, MatchResult, unmatched_within

__all__ = [
    "BANDS",
    "Cover",
    "Descent",
    "Match",
    "MatchPolicy",
    "MatchResult",
    "Registration",
    "match",
    "register",
    "unmatched_within",
]
