"""Slots that may be taken without asking anybody; what every call looks at first, so it is small and flat."""


class Stock:
    """Free slots, and who may take one as it comes.

    Attributes:
        free: slots that may be taken now, 0 or less if none.
        direct: classes below this number may: nothing is paused, and nobody is in line whom they may not pass.
            Kept, not computed, because every call looks.
        heard: somebody wants to hear of each grant. To tell null objects would cost a quarter of a permit.
    """

    __slots__ = ("direct", "free", "heard")

    def __init__(self, free: int = 0) -> None:
        self.free = free
        self.direct = 0
        self.heard = True
