"""Who belongs to what: customer to segment, product to stage, customer to tier."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self

import attrs
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from crmkit._fields import array
from crmkit._kernels.grouping import counts_by
from crmkit._validation import hint
from crmkit.data.answers import Answer
from crmkit.data.codes import Codes
from crmkit.data.encoding import RawIds, encode
from crmkit.data.problems import UnreadableError
from crmkit.errors import InvalidArgumentError
from crmkit.typing import CodeArray, IntArray, LabelArray


@attrs.frozen(kw_only=True, repr=False)
class Labels(Answer):
    """A named class for each of some ids.

    Labels are how questions hand results to one another: `tx.with_labels("segment", labels)`
    makes them an attribute of the lines. As a frame they are a column of ids and one of classes.

    Attributes:
        entity: the role the ids belong to, e.g. "customer".
        name: what the classes are, e.g. "segment"; the column name in frames.
        ids: the ids, each once.
        codes: for each id its place in *names*; -1 for none.
        names: the classes in their own order, empty ones included.

    Example:
        >>> from crmkit import Labels
        >>> tier_of = {"ann": "gold", "bob": "basic"}
        >>> tiers = Labels.from_mapping(tier_of, entity="customer", name="tier")
        >>> tiers
        Labels(tier of 2 customers: basic 1, gold 1)
    """

    entity: str
    name: str
    ids: LabelArray = array()
    codes: CodeArray = array()
    names: tuple[str, ...]

    @classmethod
    def from_mapping(
        cls,
        classes: Mapping[Any, str],
        *,
        entity: str,
        name: str,
        names: tuple[str, ...] | None = None,
    ) -> Self:
        """Make labels of a mapping from id to class.

        Args:
            classes: the class of each id.
            entity: the role the ids belong to, e.g. "customer".
            name: what the classes are, e.g. "tier".
            names: the classes in the order wanted; sorted if not given.

        Raises:
            InvalidArgumentError: ids of mixed types, or a class that is not in *names*.
        """
        ids = np.empty(len(classes), dtype=object)
        ids[:] = list(classes)
        try:
            encoded = encode(RawIds(values=ids))
        except UnreadableError as error:
            raise InvalidArgumentError(f"the {entity} {error}. {error.remedy}") from error
        names = tuple(sorted(set(classes.values()))) if names is None else names
        if unknown := set(classes.values()) - set(names):
            raise InvalidArgumentError(f"classes {sorted(unknown)} are not among names {names}.")
        place = {name: k for k, name in enumerate(names)}
        codes = np.empty(len(classes), dtype=np.int32)
        codes[encoded.codes] = [place[c] for c in classes.values()]
        return cls(entity=entity, name=name, ids=encoded.labels, codes=codes, names=names)

    def __len__(self) -> int:
        """How many ids."""
        return len(self.ids)

    def __repr__(self) -> str:
        """What is labelled, and how many ids each class has."""
        counts = ", ".join(f"{n} {c:,}" for n, c in zip(self.names, self.counts(), strict=True))
        return f"Labels({self.name} of {len(self):,} {self.entity}s: {counts})"

    def counts(self) -> IntArray:
        """Return how many ids each class has, in the order of *names*."""
        return counts_by(self.codes[self.codes >= 0], len(self.names))

    def members(self, name: str) -> LabelArray:
        """Return the ids of one class.

        Raises:
            InvalidArgumentError: there is no such class.
        """
        if name not in self.names:
            raise InvalidArgumentError(
                f"there is no {self.name} {name!r}; there are {', '.join(self.names)}."
                + hint(name, self.names)
            )
        found: LabelArray = self.ids[self.codes == self.names.index(name)]
        return found

    def codes_of(self, ids: LabelArray) -> CodeArray:
        """Return the class codes of other *ids*; -1 for ids without a class."""
        if ids is self.ids:
            return self.codes
        places = pd.Index(self.ids).get_indexer(pd.Index(ids))
        return np.append(self.codes, np.int32(-1))[places]

    def decode(self) -> NDArray[Any]:
        """Return the class of each id as text; a numpy masked array if some have none."""
        return Codes(self.codes, np.array(self.names, dtype=object)).decode()

    def _columns(self) -> dict[str, NDArray[Any]]:
        return {self.entity: self.ids, self.name: self.decode()}
