"""What an upload is held to before anything of it is stored: small rules by family, and departments' own as data."""

from entities.checks.checker import Checker
from entities.checks.declared import DeclaredRule, read_rules

__all__ = ["Checker", "DeclaredRule", "read_rules"]
