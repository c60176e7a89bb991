import sqlalchemy as sa

from libs.chassis.migrations import run

run(sa.MetaData())
