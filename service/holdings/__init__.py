"""Holdings: adopted whole, kept in folders named by their hash, and found by the moment at which they stand."""

from service.holdings.shelf import Shelf
from service.holdings.standing import Holding, elsewhere, standing, state_of

__all__ = ["Holding", "Shelf", "elsewhere", "standing", "state_of"]
