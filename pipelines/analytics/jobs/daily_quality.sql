-- How playing went on a day, by edge and kind of device: what a person waits for, and how often it breaks.
SELECT
  {day} AS day, edge, device_class,
  COUNT(*) AS views,
  CAST(SUM(CASE WHEN exit_reason = 'failed' THEN 1 ELSE 0 END) AS BIGINT) AS failures,
  PERCENTILE_CONT(0.5) WITHIN GROUP (ORDER BY CAST(startup_ms AS DOUBLE)) AS startup_p50_ms,
  PERCENTILE_CONT(0.95) WITHIN GROUP (ORDER BY CAST(startup_ms AS DOUBLE)) AS startup_p95_ms,
  CAST(SUM(CAST(rebuffer_seconds AS DECIMAL(18, 3))) AS DECIMAL(18, 3)) AS rebuffer_seconds,
  CAST(SUM(CAST(watched_wall AS DECIMAL(18, 3))) AS DECIMAL(18, 3)) AS watched_seconds
FROM lake.views
WHERE day = {day}
GROUP BY edge, device_class
