from libs.chassis.migrations import run
from tests.chassis.sample.models import Base

run(Base.metadata)
