from libs.chassis.data.migrations import run
from tests.chassis.sample.models import Base

run(Base.metadata)
