-- Ends the given leases and their sessions, and writes what the platform must hear of it, as one change.
-- `reason` is kept as given and told twice: exactly (`code`), and as one of the few words older readers know.
-- A lease that ran out because what allowed it did ('expired', at its hard end) gets the code of that instead.
-- Where the viewer got to since it was last told is written down in `positions`, ordered and once for each film of a profile,
-- so that two ends at once never wait for each other in a circle.
-- A trailer held no slot, and where its viewer got to is nothing to remember: only the end of its session is told.
-- With `only_expired` a lease renewed meanwhile is left alone: DELETE waits for that heartbeat and looks again.
CREATE OR REPLACE FUNCTION end_leases(ids uuid[], reason text, at timestamptz, only_expired boolean DEFAULT false)
RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
    ended integer;
BEGIN
    WITH gone AS (
        DELETE FROM leases l
        WHERE l.session_id = ANY (ids) AND (NOT only_expired OR l.expires_at <= end_leases.at)
        RETURNING l.session_id, l.position, l.fencing, l.trailer, l.untold AND NOT l.trailer AS untold, l.seq, l.state,
            l.beat_at, CASE WHEN reason = 'expired' AND l.expires_at >= l.ends_at THEN l.ends_code ELSE reason END AS code
    ), closed AS (
        UPDATE sessions s
        SET ended_at = end_leases.at, end_reason = gone.code, position = gone.position
        FROM gone
        WHERE s.session_id = gone.session_id
        RETURNING s.*, gone.trailer, gone.untold, gone.seq, gone.state, gone.beat_at
    ), told AS (
        INSERT INTO outbox (event_id, topic, key, type, payload)
        SELECT uuidv7(), 'playback.sessions', c.account_id::text, 'bijou.playback.session.ended.v1', jsonb_build_object(
            'session_id', c.session_id, 'account_id', c.account_id, 'profile_id', c.profile_id,
            'playable_id', c.playable_id, 'position', c.position, 'ended_at', end_leases.at, 'code', c.end_reason,
            'trailer', c.trailer,
            'reason', CASE WHEN c.end_reason IN ('stopped', 'ended', 'expired', 'taken_over') THEN c.end_reason
                           WHEN c.end_reason = 'replaced' THEN 'stopped' ELSE 'revoked' END)
        FROM closed c
        UNION ALL
        SELECT uuidv7(), 'playback.leases', c.account_id::text, 'bijou.playback.lease.changed.v1', jsonb_build_object(
            'account_id', c.account_id, 'session_id', c.session_id, 'fencing', c.fencing, 'code', c.end_reason,
            'change', CASE WHEN c.end_reason IN ('stopped', 'ended', 'replaced') THEN 'released'
                           WHEN c.end_reason = 'expired' THEN 'expired' ELSE 'revoked' END,
            'active', (SELECT count(*) FROM leases o
                       WHERE o.account_id = c.account_id AND o.expires_at > end_leases.at AND NOT o.trailer
                         AND NOT o.session_id = ANY (ids)),
            'limit', coalesce((SELECT e.max_streams FROM entitlements e WHERE e.account_id = c.account_id), 0),
            'at', end_leases.at)
        FROM closed c WHERE NOT c.trailer
        UNION ALL
        -- Where the viewer got to since the last time it was told.
        SELECT uuidv7(), 'watch.progress', c.profile_id::text, 'bijou.playback.progress.updated.v1', jsonb_build_object(
            'profile_id', c.profile_id, 'account_id', c.account_id, 'session_id', c.session_id, 'device_id', c.device_id,
            'title_id', c.title_id, 'playable_id', c.playable_id, 'seq', c.seq, 'position', c.position,
            'duration', c.duration, 'state', CASE c.state WHEN 'ended' THEN 'ended' ELSE 'stopped' END,
            'occurred_at', c.beat_at)
        FROM closed c WHERE c.untold
    ), remembered AS (
        INSERT INTO positions AS p (profile_id, playable_id, position, ended, occurred_at)
        SELECT DISTINCT ON (c.profile_id, c.playable_id)
            c.profile_id, c.playable_id, c.position, c.state = 'ended', c.beat_at
        FROM closed c WHERE c.untold
        ORDER BY c.profile_id, c.playable_id, c.beat_at DESC
        ON CONFLICT (profile_id, playable_id) DO UPDATE
        SET position = excluded.position, ended = excluded.ended, occurred_at = excluded.occurred_at
        WHERE p.occurred_at <= excluded.occurred_at
    )
    SELECT count(*) INTO ended FROM gone;
    RETURN ended;
END
$$
