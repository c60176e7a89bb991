-- Searches that led nowhere, by day: without an answer, and with one of which nothing was opened. Their words stay with search.
WITH searches AS (
  SELECT CAST(MIN(time) AS DATE) AS day, GET_JSON_OBJECT(data, '$.query_id') AS query_id,
    MAX(CAST(GET_JSON_OBJECT(data, '$.results') AS BIGINT)) AS results,
    MAX(CAST(GET_JSON_OBJECT(data, '$.position') AS BIGINT)) AS opened
  FROM raw.events_client WHERE type = 'bijou.client.search.v1'
  GROUP BY GET_JSON_OBJECT(data, '$.query_id')
)
SELECT day, COUNT(*) AS searches, COUNT(CASE WHEN results = 0 THEN 1 END) AS without_answer,
  COUNT(CASE WHEN results > 0 AND opened IS NULL THEN 1 END) AS nothing_opened
FROM searches GROUP BY day ORDER BY day
