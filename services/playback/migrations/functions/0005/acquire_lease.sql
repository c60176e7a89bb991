-- Takes a stream slot for a new session, or says who holds them all. One call is one decision:
-- the account's row is locked first, and every statement after that sees what the ones before it in the queue committed.
-- Each statement is a plan to set up, which is most of what it costs: what was not asked for is not looked for.
-- A trailer takes no slot: it is always admitted, stops nothing, and is not counted.
-- `p_replaces` ends that session of the same sign-in before anything is counted; `p_ends` is the stream a takeover names.
CREATE OR REPLACE FUNCTION acquire_lease(
    p_account uuid, p_session uuid, p_profile uuid, p_sign_in uuid, p_device uuid, p_maturity integer, p_country text,
    p_title uuid, p_playable uuid, p_asset uuid, p_duration double precision, p_from double precision,
    p_title_label text, p_device_label text, p_profile_label text,
    p_limit integer, p_overflow text, p_ends uuid, p_replaces uuid, p_device_height integer,
    p_ttl interval, p_ends_at timestamptz, p_ends_code text,
    p_takeover_hash bytea, p_takeover_ttl interval, p_at timestamptz
) RETURNS lease_outcome LANGUAGE plpgsql AS $$
DECLARE
    outcome lease_outcome;
    t timestamptz;
    most integer;
    held integer;
    over uuid[];
    a_trailer boolean;
BEGIN
    INSERT INTO account_slots AS s (account_id, fencing) VALUES (p_account, 1)
    ON CONFLICT (account_id) DO UPDATE SET fencing = s.fencing + 1
    RETURNING s.fencing INTO outcome.fencing;
    -- Read after the wait for the lock: a lease that ran out, or a plan that shrank meanwhile, has done so.
    t := coalesce(p_at, clock_timestamp());
    outcome.at := t;
    SELECT coalesce((SELECT least(p_limit, e.max_streams) FROM entitlements e WHERE e.account_id = p_account), 0),
        coalesce((SELECT p.trailer FROM playables p WHERE p.playable_id = p_playable), false)
    INTO most, a_trailer;

    IF p_replaces IS NOT NULL THEN
        SELECT array_agg(l.session_id) INTO over FROM leases l
        WHERE l.session_id = p_replaces AND l.account_id = p_account AND l.sign_in_id = p_sign_in;
        IF over IS NOT NULL THEN
            PERFORM end_leases(over, 'replaced', t);
        END IF;
    END IF;
    SELECT array_agg(l.session_id) FILTER (WHERE l.expires_at <= t), count(*) FILTER (WHERE NOT l.trailer) INTO over, held
    FROM leases l WHERE l.account_id = p_account;
    IF over IS NOT NULL THEN
        -- Expired leases are ended here and now, so that no heartbeat can bring one back beside the new lease.
        PERFORM end_leases(over, 'expired', t, true);
        SELECT count(*) INTO held FROM leases l WHERE l.account_id = p_account AND NOT l.trailer;
    END IF;
    over := NULL;
    IF a_trailer THEN
        NULL; -- nobody is in its way
    ELSIF held >= most AND p_ends IS NOT NULL THEN
        -- A takeover ends the stream it names or none: whoever has its place by now was not asked about.
        SELECT array_agg(l.session_id) INTO over FROM leases l WHERE l.account_id = p_account AND l.session_id = p_ends;
    ELSIF held >= most AND p_overflow = 'stop_oldest' THEN
        SELECT array_agg(o.session_id) INTO over FROM (
            SELECT l.session_id FROM leases l WHERE l.account_id = p_account AND NOT l.trailer
            ORDER BY l.acquired_at, l.fencing LIMIT held - most + 1
        ) o;
    END IF;
    IF over IS NOT NULL THEN
        PERFORM end_leases(over, 'taken_over', t);
        SELECT count(*) INTO held FROM leases l WHERE l.account_id = p_account AND NOT l.trailer;
    END IF;

    outcome.admitted := a_trailer OR held < most;
    IF outcome.admitted THEN
        outcome.expires_at := least(t + p_ttl, p_ends_at);
        WITH session AS (
            INSERT INTO sessions (session_id, account_id, profile_id, sign_in_id, device_id, title_id, playable_id, asset_id,
                fencing, duration, title, device, profile, started_at, started_from, position, maturity, country,
                device_height)
            VALUES (p_session, p_account, p_profile, p_sign_in, p_device, p_title, p_playable, p_asset,
                outcome.fencing, p_duration, p_title_label, p_device_label, p_profile_label, t, p_from, p_from, p_maturity,
                p_country, p_device_height)
        ), lease AS (
            INSERT INTO leases (session_id, account_id, sign_in_id, device_id, fencing, seq, position, state,
                acquired_at, expires_at, beat_at, title_id, ends_at, ends_code, trailer)
            VALUES (p_session, p_account, p_sign_in, p_device, outcome.fencing, 0, p_from, 'playing', t, outcome.expires_at,
                t, p_title, p_ends_at, p_ends_code, a_trailer)
        )
        INSERT INTO outbox (event_id, topic, key, type, payload)
        SELECT uuidv7(), 'playback.sessions', p_account::text, 'bijou.playback.session.started.v1', jsonb_build_object(
            'session_id', p_session, 'account_id', p_account, 'profile_id', p_profile, 'device_id', p_device,
            'title_id', p_title, 'playable_id', p_playable, 'asset_id', p_asset, 'position', p_from, 'started_at', t,
            'trailer', a_trailer)
        UNION ALL
        SELECT uuidv7(), 'playback.leases', p_account::text, 'bijou.playback.lease.changed.v1', jsonb_build_object(
            'account_id', p_account, 'session_id', p_session, 'fencing', outcome.fencing, 'change', 'acquired',
            'active', held + 1, 'limit', most, 'at', t)
        WHERE NOT a_trailer;
        RETURN outcome;
    END IF;

    SELECT coalesce(jsonb_agg(jsonb_build_object(
            'session_id', s.session_id, 'title', s.title, 'device', s.device, 'profile', s.profile,
            'started_at', s.started_at, 'position', l.position) ORDER BY l.acquired_at, l.fencing), '[]')
    INTO outcome.active
    FROM leases l JOIN sessions s USING (session_id) WHERE l.account_id = p_account AND NOT l.trailer;
    outcome.takeover_expires_at := t + p_takeover_ttl;
    INSERT INTO takeovers (token_hash, account_id, profile_id, playable_id, device_id, max_height, ends_session_id, expires_at)
    VALUES (p_takeover_hash, p_account, p_profile, p_playable, p_device, p_device_height,
        (outcome.active -> 0 ->> 'session_id')::uuid, outcome.takeover_expires_at);
    INSERT INTO outbox (event_id, topic, key, type, payload)
    VALUES (uuidv7(), 'playback.leases', p_account::text, 'bijou.playback.lease.changed.v1', jsonb_build_object(
        'account_id', p_account, 'session_id', NULL, 'fencing', NULL, 'change', 'denied',
        'active', held, 'limit', most, 'at', t));
    RETURN outcome;
END
$$
