-- How late rows came into the tables, by topic's source: the share that took longer than an hour.
SELECT type, COUNT(*) AS events,
  ROUND(AVG(CASE WHEN taken_at > time + INTERVAL 1 HOUR THEN 1.0E0 ELSE 0.0E0 END), 4) AS late
FROM raw.events_client GROUP BY type ORDER BY type
