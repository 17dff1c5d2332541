"""${message.capitalize()}."""

% if operations:
import sqlalchemy as sa
from alembic import op

% endif
% if tables:
from jishi.store.migrations.tables import create, created

% endif
revision = "${up_revision}"
down_revision = ${'"%s"' % down_revision if down_revision else None}
branch_labels = depends_on = None
contract = False
% if tables:

NEW = (
% for table in tables:
    ${table},
% endfor
)
% endif


def upgrade() -> None:
% if tables:
    create(NEW)
% endif
% if operations:
    ${operations}
% endif
