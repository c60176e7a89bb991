-- What viewers waited for, by edge: milliseconds to the first frame, share of time that stood still, share of plays that failed.
SELECT COALESCE(edge, 'unknown') AS edge, COUNT(*) AS views,
  ROUND(PERCENTILE_CONT(0.5) WITHIN GROUP (ORDER BY CAST(startup_ms AS DOUBLE)), 1) AS startup_p50_ms,
  ROUND(PERCENTILE_CONT(0.95) WITHIN GROUP (ORDER BY CAST(startup_ms AS DOUBLE)), 1) AS startup_p95_ms,
  ROUND(SUM(rebuffer_seconds) / NULLIF(SUM(rebuffer_seconds) + SUM(watched_wall), 0), 4) AS rebuffer_ratio,
  ROUND(AVG(CASE WHEN exit_reason = 'failed' THEN 1.0E0 ELSE 0.0E0 END), 4) AS failed
FROM lake.views WHERE told_by = 'player'
GROUP BY 1 ORDER BY 1
