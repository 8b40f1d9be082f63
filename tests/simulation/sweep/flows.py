"""Every flow of the sweep."""

from __future__ import annotations

from tests.simulation.sweep.comparing import Comparison
from tests.simulation.sweep.deciding import Conflict, MergedByHand
from tests.simulation.sweep.deleting import Kept, Propagated, PropagatedUnheard
from tests.simulation.sweep.doubting import Apart, Joined
from tests.simulation.sweep.flow import Flow
from tests.simulation.sweep.live import Edit, EditedReference, NewFamily, NewRecord
from tests.simulation.sweep.merging import Moved, Twins, Unknown
from tests.simulation.sweep.reading import FirstListing, Poll
from tests.simulation.sweep.tokens import Expired, ExpiredRotating, Refused, RefusedRotating

FLOWS: tuple[Flow, ...] = (
    NewRecord(),
    NewFamily(),
    Edit(),
    EditedReference(),
    Poll(),
    FirstListing(),
    Comparison(),
    Expired(),
    ExpiredRotating(),
    Refused(),
    RefusedRotating(),
    Propagated(),
    PropagatedUnheard(),
    Kept(),
    Moved(),
    Unknown(),
    Twins(),
    Conflict(),
    MergedByHand(),
    Apart(),
    Joined(),
)
