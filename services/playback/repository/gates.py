"""The facts on which a play depends, and the gates' verdicts on them: one text for starts, heartbeats and events.

Whoever wants a verdict puts a CTE `asked` before it, with a row per play: `account_id`, `profile_id`, `sign_in_id`,
`device_id`, `playable_id`, `maturity` and `country` (null: no limit known), `at`, and `hard_end`, when it ends at the latest.
"""

from __future__ import annotations

GATES = ("account", "profile", "plan", "height", "title", "region", "window", "maturity", "device", "session")
# The first refusal, or null where every gate is open; of columns of `facts`.
REFUSAL = f"coalesce({', '.join(f'no_{gate}' for gate in GATES)})"


def facts(also: str = "", joins: str = "") -> str:
    """The CTE `facts`: every row of `asked` with each gate's refusal or null, and when and why the play ends by itself.

    An account, profile or device nobody has told us of yet passes: its token was verified. Without an entitlement there
    is no plan. A trailer needs one only where its title says so, and is shown in any height.
    """
    return f"""facts AS MATERIALIZED (
    SELECT asked.*, p.title_id, p.trailer, p.heights, plan.height AS plan_height, plan.streams AS max_streams, {also}
        CASE WHEN a.status = 'suspended' THEN 'account_suspended'
             WHEN a.status <> 'active' THEN 'account_closed'
             WHEN EXISTS (SELECT FROM revoked_sign_ins r WHERE r.sign_in_id = asked.sign_in_id) THEN 'signed_out'
             END AS no_account,
        CASE WHEN pr.removed OR pr.account_id <> asked.account_id THEN 'profile_not_allowed' END AS no_profile,
        CASE WHEN p.trailer IS NOT FALSE AND t.free_trailers IS NOT FALSE THEN NULL
             WHEN e.account_id IS NULL OR e.status = 'none' THEN 'no_plan'
             WHEN e.valid_until <= asked.at OR (e.valid_until IS NULL AND e.status = 'canceled') THEN 'plan_ended'
             WHEN e.max_streams < 1 THEN 'no_plan' END AS no_plan,
        CASE WHEN NOT p.trailer AND p.heights[1] > e.max_height THEN 'height_not_in_plan' END AS no_height,
        CASE WHEN t.status IS DISTINCT FROM 'published' THEN 'title_not_published'
             WHEN p.asset_id IS NULL THEN 'title_not_ready' END AS no_title,
        CASE WHEN w.all_of > 0 AND w.here = 0 THEN 'not_in_region' END AS no_region,
        CASE WHEN w.here > 0 AND w.open = 0 THEN
             CASE WHEN w.to_come > 0 THEN 'window_not_open' ELSE 'window_closed' END END AS no_window,
        CASE WHEN t.maturity > least(asked.maturity, pr.maturity) THEN 'maturity_exceeded' END AS no_maturity,
        CASE WHEN d.account_id <> asked.account_id THEN 'device_not_allowed'
             WHEN d.removed THEN 'device_removed' END AS no_device,
        CASE WHEN asked.hard_end <= asked.at THEN 'session_too_long' END AS no_session,
        least(plan.until, w.closes, asked.hard_end) AS ends_at,
        CASE least(plan.until, w.closes, asked.hard_end) WHEN plan.until THEN 'plan_ended'
             WHEN w.closes THEN 'window_closed' WHEN asked.hard_end THEN 'session_too_long' END AS ends_code
    FROM asked
    LEFT JOIN playables p ON p.playable_id = asked.playable_id
    LEFT JOIN titles t ON t.title_id = p.title_id
    LEFT JOIN accounts a ON a.account_id = asked.account_id
    LEFT JOIN profiles pr ON pr.profile_id = asked.profile_id
    LEFT JOIN entitlements e ON e.account_id = asked.account_id
    LEFT JOIN devices d ON d.device_id = asked.device_id
    CROSS JOIN LATERAL (
        SELECT CASE WHEN p.trailer THEN p.heights[array_upper(p.heights, 1)] ELSE coalesce(e.max_height, 0) END AS height,
            CASE WHEN p.trailer THEN 0 ELSE coalesce(e.max_streams, 0) END AS streams,
            CASE WHEN NOT (p.trailer AND t.free_trailers) THEN e.valid_until END AS until
    ) plan
    {joins}
    CROSS JOIN LATERAL (
        SELECT count(*) AS all_of,
            count(*) FILTER (WHERE here.yes) AS here,
            count(*) FILTER (WHERE here.yes AND now.yes) AS open,
            count(*) FILTER (WHERE here.yes AND x.starts_at > asked.at) AS to_come,
            max(coalesce(x.ends_at, 'infinity')) FILTER (WHERE here.yes AND now.yes) AS closes
        FROM title_windows x
        CROSS JOIN LATERAL (
            SELECT x.regions = '{{}}' OR coalesce(asked.country = ANY (x.regions), true) AS yes
        ) here
        CROSS JOIN LATERAL (
            SELECT coalesce(x.starts_at <= asked.at, true) AND coalesce(x.ends_at > asked.at, true) AS yes
        ) now
        WHERE x.title_id = t.title_id
    ) w
)"""  # noqa: S608
