-- What goes wrong in apps, most frequent first.
SELECT GET_JSON_OBJECT(data, '$.code') AS code, GET_JSON_OBJECT(data, '$.app_version') AS app_version, COUNT(*) AS errors,
  COUNT(DISTINCT GET_JSON_OBJECT(data, '$.profile_id')) AS profiles
FROM raw.events_client WHERE type = 'bijou.client.error.v1'
GROUP BY 1, 2 ORDER BY errors DESC, code, app_version
