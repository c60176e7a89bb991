-- One row for each viewing, its newest revision, by the day it started on (UTC). docs/qoe.md defines every field.
WITH told AS (
  SELECT
    data,
    GET_JSON_OBJECT(data, '$.session_id') AS session_id,
    CAST(GET_JSON_OBJECT(data, '$.revision') AS INT) AS revision
  FROM raw.events_views
  WHERE time >= CAST({day} AS TIMESTAMP) AND time < CAST(DATE_ADD({day}, 4) AS TIMESTAMP)
    AND CAST(CAST(GET_JSON_OBJECT(data, '$.started_at') AS TIMESTAMP) AS DATE) = {day}
),
newest AS (
  SELECT told.*, ROW_NUMBER() OVER (PARTITION BY session_id ORDER BY revision DESC) AS place FROM told
)
SELECT
  {day} AS day, session_id, revision,
  GET_JSON_OBJECT(data, '$.account_id') AS account_id,
  GET_JSON_OBJECT(data, '$.profile_id') AS profile_id,
  GET_JSON_OBJECT(data, '$.device_id') AS device_id,
  GET_JSON_OBJECT(data, '$.title_id') AS title_id,
  GET_JSON_OBJECT(data, '$.playable_id') AS playable_id,
  CAST(GET_JSON_OBJECT(data, '$.trailer') AS BOOLEAN) AS trailer,
  CAST(GET_JSON_OBJECT(data, '$.duration') AS DOUBLE) AS duration,
  GET_JSON_OBJECT(data, '$.country') AS country,
  CAST(GET_JSON_OBJECT(data, '$.started_at') AS TIMESTAMP) AS started_at,
  CAST(GET_JSON_OBJECT(data, '$.ended_at') AS TIMESTAMP) AS ended_at,
  GET_JSON_OBJECT(data, '$.end_reason') AS end_reason,
  GET_JSON_OBJECT(data, '$.exit_reason') AS exit_reason,
  GET_JSON_OBJECT(data, '$.told_by') AS told_by,
  CAST(GET_JSON_OBJECT(data, '$.startup_ms') AS BIGINT) AS startup_ms,
  CAST(GET_JSON_OBJECT(data, '$.watched_wall') AS DOUBLE) AS watched_wall,
  CAST(GET_JSON_OBJECT(data, '$.watched_media') AS DOUBLE) AS watched_media,
  CAST(GET_JSON_OBJECT(data, '$.rebuffer_count') AS BIGINT) AS rebuffer_count,
  CAST(GET_JSON_OBJECT(data, '$.rebuffer_seconds') AS DOUBLE) AS rebuffer_seconds,
  CAST(GET_JSON_OBJECT(data, '$.rebuffer_ratio') AS DOUBLE) AS rebuffer_ratio,
  CAST(GET_JSON_OBJECT(data, '$.switches') AS BIGINT) AS switches,
  CAST(GET_JSON_OBJECT(data, '$.dropped_frames') AS BIGINT) AS dropped_frames,
  CAST(GET_JSON_OBJECT(data, '$.mean_height') AS DOUBLE) AS mean_height,
  CAST(GET_JSON_OBJECT(data, '$.mean_bitrate') AS DOUBLE) AS mean_bitrate,
  GET_JSON_OBJECT(data, '$.error_code') AS error_code,
  GET_JSON_OBJECT(data, '$.edge') AS edge,
  GET_JSON_OBJECT(data, '$.device_class') AS device_class,
  GET_JSON_OBJECT(data, '$.app') AS app,
  GET_JSON_OBJECT(data, '$.app_version') AS app_version,
  GET_JSON_OBJECT(data, '$.recommendation_id') AS recommendation_id,
  GET_JSON_OBJECT(data, '$.impression_id') AS impression_id,
  GET_JSON_OBJECT(data, '$.experiments') AS experiments,
  CAST(GET_JSON_OBJECT(data, '$.closed_at') AS TIMESTAMP) AS closed_at
FROM newest WHERE place = 1
