-- What an account watched on a day: what retention, and how much a plan is used, are counted from.
SELECT
  {day} AS day, account_id,
  COUNT(*) AS plays,
  COUNT(DISTINCT title_id) AS titles,
  CAST(SUM(CAST(watched_media AS DECIMAL(18, 3))) AS DECIMAL(18, 3)) AS watched_seconds
FROM lake.views
WHERE day = {day} AND NOT trailer
GROUP BY account_id
