"""Who belongs to what: customer to segment, product to stage, customer to tier."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Self

import attrs
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from crmkit._fields import array
from crmkit._kernels.grouping import counts_by
from crmkit._validation import counted, hint
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
        ids: shape (ids,), each once; int64, uint64 or objects.
        codes: shape (ids,), int32: for each id its place in *names*; -1 for none.
        names: the classes in their own order, empty ones included.

    Raises:
        InvalidArgumentError: *entity* and *name* are the same, or a class is named twice.

    Examples:
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
            InvalidArgumentError: *classes* is no mapping, ids of mixed types, classes that are no
                text, or a class that is not in *names*.

        Examples:
            >>> from crmkit import Labels
            >>> kind_of = {"milk": "food", "soap": "care"}
            >>> Labels.from_mapping(kind_of, entity="product", name="kind", names=("food", "care"))
            Labels(kind of 2 products: food 1, care 1)
        """
        names = _class_names(classes, names)
        encoded = _encoded_ids(classes, entity)
        place = {name: k for k, name in enumerate(names)}
        codes = np.empty(len(classes), dtype=np.int32)
        codes[encoded.codes] = [place[c] for c in classes.values()]
        return cls(entity=entity, name=name, ids=encoded.labels, codes=codes, names=names)

    def __attrs_post_init__(self) -> None:
        """Check that the two columns, and the classes, can be told apart."""
        if self.entity == self.name:
            raise InvalidArgumentError(
                f"the ids and the classes are both called {self.name!r}; say name='segment' or"
                " whatever the classes are."
            )
        if len(set(self.names)) < len(self.names):
            raise InvalidArgumentError(f"each class must be named once; got {self.names}.")

    def __len__(self) -> int:
        """How many ids."""
        return len(self.ids)

    def __repr__(self) -> str:
        """What is labelled, and how many ids each class has."""
        counts = ", ".join(f"{n} {c:,}" for n, c in zip(self.names, self.counts(), strict=True))
        return f"Labels({self.name} of {counted(len(self), self.entity)}: {counts or 'no class'})"

    def counts(self) -> IntArray:
        """Return how many ids each class has, int64, in the order of *names*.

        Examples:
            >>> from crmkit import Labels
            >>> tier_of = {"ann": "gold", "bob": "basic", "cem": "gold"}
            >>> Labels.from_mapping(tier_of, entity="customer", name="tier").counts()
            array([1, 2])
        """
        return counts_by(self.codes[self.codes >= 0], len(self.names))

    def members(self, name: str) -> LabelArray:
        """Return the ids of one class.

        Raises:
            InvalidArgumentError: there is no such class.

        Examples:
            >>> from crmkit import Labels
            >>> tier_of = {"ann": "gold", "bob": "basic", "cem": "gold"}
            >>> Labels.from_mapping(tier_of, entity="customer", name="tier").members("gold")
            array(['ann', 'cem'], dtype=object)
        """
        if name not in self.names:
            raise InvalidArgumentError(
                f"there is no {self.name} {name!r}; there are {', '.join(self.names)}."
                + hint(name, self.names)
            )
        found: LabelArray = self.ids[self.codes == self.names.index(name)]
        return found

    def codes_of(self, ids: LabelArray) -> CodeArray:
        """Return the class codes of other *ids*, int32; -1 for ids without a class.

        Examples:
            >>> import numpy as np
            >>> from crmkit import Labels
            >>> tiers = Labels.from_mapping({7: "gold", 9: "basic"}, entity="customer", name="tier")
            >>> tiers.codes_of(np.array([9, 8, 7]))
            array([ 0, -1,  1], dtype=int32)
        """
        if ids is self.ids:
            return self.codes
        places = pd.Index(self.ids).get_indexer(pd.Index(ids))
        return np.append(self.codes, np.int32(-1))[places]

    def decode(self) -> NDArray[Any]:
        """Return the class of each id as text; a numpy masked array if some have none.

        Examples:
            >>> from crmkit import Labels
            >>> Labels.from_mapping({7: "gold"}, entity="customer", name="tier").decode()
            array(['gold'], dtype=object)
        """
        return Codes(self.codes, np.array(self.names, dtype=object)).decode()

    def _columns(self) -> dict[str, NDArray[Any]]:
        return {self.entity: self.ids, self.name: self.decode()}


def _class_names(classes: Mapping[Any, str], names: Sequence[str] | None) -> tuple[str, ...]:
    """Return the classes in their order, proven to be text and to be all there are."""
    if not isinstance(classes, Mapping):
        raise InvalidArgumentError(
            f"classes must be a mapping such as {{'ann': 'gold'}}; got {type(classes).__name__}."
        )
    occurring: set[Any] = set(classes.values())
    if odd := [c for c in occurring if not isinstance(c, str)]:
        raise InvalidArgumentError(
            f"classes must be text; got {odd[0]!r}. Leave ids without a class out, name the others."
        )
    if isinstance(names, str):
        raise InvalidArgumentError(f"names must be a tuple of classes; got the text {names!r}.")
    known = tuple(sorted(occurring) if names is None else names)
    if unknown := occurring - set(known):
        raise InvalidArgumentError(f"classes {sorted(unknown)} are not among names {known}.")
    return known


def _encoded_ids(classes: Mapping[Any, str], entity: str) -> Codes:
    ids = np.empty(len(classes), dtype=object)
    ids[:] = list(classes)
    try:
        return encode(RawIds(values=ids))
    except UnreadableError as error:
        raise InvalidArgumentError(
            f"the {entity} {error}. Ids may be integers, text or UUIDs, all of one kind."
        ) from error
