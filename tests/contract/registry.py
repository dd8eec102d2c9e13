"""What every registry adapter must do, whichever server answers: subclass it with a `lab` fixture."""

from tests.contract.comparing import ComparingContract
from tests.contract.finding import FindingContract
from tests.contract.lab import Lab
from tests.contract.measuring import MeasuringContract
from tests.contract.models import ModelContract
from tests.contract.opening import OpeningContract
from tests.contract.pointers import PointerContract
from tests.contract.promotion import PromotionContract
from tests.contract.registering import RegisteringContract
from tests.contract.runs import RunContract
from tests.contract.uploads import UploadContract
from tests.contract.versions import VersionContract

__all__ = ["Lab", "RegistryContract"]


class RegistryContract(
    ModelContract,
    VersionContract,
    PointerContract,
    RunContract,
    OpeningContract,
    MeasuringContract,
    ComparingContract,
    RegisteringContract,
    UploadContract,
    FindingContract,
    PromotionContract,
):
    """The behaviours of the Registry and Tracking ports."""
