import sqlalchemy as sa

from libs.chassis.data.migrations import run

run(sa.MetaData())
