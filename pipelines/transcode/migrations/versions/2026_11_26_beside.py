"""A replica of the version before may go on beside this one until it is replaced: what it writes is understood.

It knows files in its own directory and no parts: it counts bytes without a claim, makes an asset without a state, and stores
a whole master as one object.
"""

from alembic import op

revision = "2026_11_26_beside"
down_revision = "2026_11_26_projections"


def upgrade() -> None:
    op.execute("""
        CREATE FUNCTION uploads_of_before() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF NEW.received > OLD.received AND NEW.claimed_until IS NOT DISTINCT FROM OLD.claimed_until THEN
                NEW.spooled := true;
                NEW.claim := NULL;  -- whoever moves the file has not all of it
            END IF;
            IF NEW.asset_id IS NOT NULL AND NEW.state = 'receiving' THEN
                NEW.state := 'complete';
            END IF;
            IF NEW.stored_at IS NOT NULL AND OLD.stored_at IS NULL AND NEW.spooled THEN
                INSERT INTO upload_parts (key, upload_id, start, length) VALUES ('masters/' || NEW.id, NEW.id, 0, NEW.length);
                NEW.spooled := false;
                NEW.claim := NULL;
            END IF;
            RETURN NEW;
        END $$
    """)
    op.execute(
        "CREATE TRIGGER uploads_of_before BEFORE UPDATE ON uploads FOR EACH ROW EXECUTE FUNCTION uploads_of_before()"
    )


def downgrade() -> None:
    op.execute("DROP TRIGGER uploads_of_before ON uploads")
    op.execute("DROP FUNCTION uploads_of_before")
