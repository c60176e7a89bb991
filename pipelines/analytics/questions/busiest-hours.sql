-- How many streams run at once, at most, in each hour of the day that had any (UTC).
WITH changes AS (
  SELECT started_at AS at, 1 AS step FROM lake.sessions WHERE ended_at IS NOT NULL
  UNION ALL SELECT ended_at AS at, -1 AS step FROM lake.sessions WHERE ended_at IS NOT NULL
),
levels AS (SELECT at, SUM(step) OVER (ORDER BY at, step ROWS UNBOUNDED PRECEDING) AS streams FROM changes)
SELECT HOUR(at) AS hour, CAST(MAX(streams) AS BIGINT) AS streams FROM levels GROUP BY 1 ORDER BY 1
