-- Ends the given leases and their sessions, and writes what the platform must hear of it, as one change.
-- With `only_expired` a lease renewed meanwhile is left alone: DELETE waits for that heartbeat and looks again.
CREATE FUNCTION end_leases(ids uuid[], reason text, at timestamptz, only_expired boolean DEFAULT false)
RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
    ended integer;
BEGIN
    WITH gone AS (
        DELETE FROM leases l
        WHERE l.session_id = ANY (ids) AND (NOT only_expired OR l.expires_at <= end_leases.at)
        RETURNING l.session_id, l.position, l.fencing
    ), closed AS (
        UPDATE sessions s
        SET ended_at = end_leases.at, end_reason = reason, position = gone.position
        FROM gone
        WHERE s.session_id = gone.session_id
        RETURNING s.*
    ), told AS (
        INSERT INTO outbox (event_id, topic, key, type, payload)
        SELECT uuidv7(), 'playback.sessions', c.account_id::text, 'bijou.playback.session.ended.v1', jsonb_build_object(
            'session_id', c.session_id, 'account_id', c.account_id, 'profile_id', c.profile_id,
            'playable_id', c.playable_id, 'reason', reason, 'position', c.position, 'ended_at', end_leases.at)
        FROM closed c
        UNION ALL
        SELECT uuidv7(), 'playback.leases', c.account_id::text, 'bijou.playback.lease.changed.v1', jsonb_build_object(
            'account_id', c.account_id, 'session_id', c.session_id, 'fencing', c.fencing,
            'change', CASE reason WHEN 'stopped' THEN 'released' WHEN 'ended' THEN 'released'
                                  WHEN 'expired' THEN 'expired' ELSE 'revoked' END,
            'active', (SELECT count(*) FROM leases o
                       WHERE o.account_id = c.account_id AND o.expires_at > end_leases.at
                         AND NOT o.session_id = ANY (ids)),
            'limit', coalesce((SELECT e.max_streams FROM entitlements e WHERE e.account_id = c.account_id), 0),
            'at', end_leases.at)
        FROM closed c
    )
    SELECT count(*) INTO ended FROM gone;
    RETURN ended;
END
$$
