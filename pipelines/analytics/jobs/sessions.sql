-- One row for each play that was admitted, by the day it started on (UTC); what is not known of its end yet is null.
WITH told AS (
  SELECT type, data FROM raw.playback_sessions
  WHERE time >= CAST({day} AS TIMESTAMP) AND time < CAST(DATE_ADD({day}, 3) AS TIMESTAMP)
),
ended AS (
  SELECT
    GET_JSON_OBJECT(data, '$.session_id') AS session_id,
    MIN(CAST(GET_JSON_OBJECT(data, '$.ended_at') AS TIMESTAMP)) AS ended_at,
    MIN(GET_JSON_OBJECT(data, '$.reason')) AS end_reason,
    MIN(GET_JSON_OBJECT(data, '$.code')) AS end_code,
    MIN(CAST(GET_JSON_OBJECT(data, '$.position') AS DOUBLE)) AS end_position
  FROM told WHERE type = 'bijou.playback.session.ended.v1'
  GROUP BY 1
),
started AS (
  SELECT
    GET_JSON_OBJECT(data, '$.session_id') AS session_id,
    GET_JSON_OBJECT(data, '$.account_id') AS account_id,
    GET_JSON_OBJECT(data, '$.profile_id') AS profile_id,
    GET_JSON_OBJECT(data, '$.device_id') AS device_id,
    GET_JSON_OBJECT(data, '$.title_id') AS title_id,
    GET_JSON_OBJECT(data, '$.playable_id') AS playable_id,
    COALESCE(CAST(GET_JSON_OBJECT(data, '$.trailer') AS BOOLEAN), FALSE) AS trailer,
    CAST(GET_JSON_OBJECT(data, '$.position') AS DOUBLE) AS start_position,
    CAST(GET_JSON_OBJECT(data, '$.started_at') AS TIMESTAMP) AS started_at
  FROM told WHERE type = 'bijou.playback.session.started.v1'
)
SELECT
  {day} AS day, started.*, ended.ended_at, ended.end_reason, ended.end_code, ended.end_position
FROM started LEFT JOIN ended ON ended.session_id = started.session_id
WHERE CAST(started.started_at AS DATE) = {day}
