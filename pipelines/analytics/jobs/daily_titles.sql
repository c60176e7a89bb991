-- How a title went on a day, by country and kind of device; trailers are no views.
SELECT
  {day} AS day, title_id, country, device_class,
  COUNT(*) AS plays,
  COUNT(DISTINCT profile_id) AS profiles,
  CAST(SUM(CAST(watched_media AS DECIMAL(18, 3))) AS DECIMAL(18, 3)) AS watched_seconds,
  CAST(SUM(CASE WHEN exit_reason = 'failed' THEN 1 ELSE 0 END) AS BIGINT) AS failures
FROM lake.views
WHERE day = {day} AND NOT trailer
GROUP BY title_id, country, device_class
