-- From a card that was seen to a film that was watched, by the row the card was in.
WITH shown AS (
  SELECT DISTINCT GET_JSON_OBJECT(data, '$.impression_id') AS impression_id, GET_JSON_OBJECT(data, '$.row') AS place
  FROM raw.events_client WHERE type = 'bijou.client.impression.v1'
),
clicked AS (
  SELECT DISTINCT GET_JSON_OBJECT(data, '$.impression_id') AS impression_id
  FROM raw.events_client WHERE type = 'bijou.client.click.v1'
),
played AS (
  SELECT impression_id, MAX(watched_media) AS watched FROM lake.views
  WHERE impression_id IS NOT NULL AND NOT trailer GROUP BY impression_id
)
SELECT shown.place AS row_name, COUNT(*) AS shown, COUNT(clicked.impression_id) AS clicked, COUNT(played.impression_id) AS played,
  COUNT(CASE WHEN played.watched >= 600 THEN 1 END) AS watched_ten_minutes
FROM shown
LEFT JOIN clicked ON clicked.impression_id = shown.impression_id
LEFT JOIN played ON played.impression_id = shown.impression_id
GROUP BY shown.place ORDER BY shown.place
