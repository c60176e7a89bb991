-- Why plays ended, and how long they had gone on.
SELECT exit_reason, COUNT(*) AS views, ROUND(AVG(watched_media) / 60, 1) AS mean_minutes
FROM lake.views WHERE NOT trailer
GROUP BY exit_reason ORDER BY views DESC, exit_reason
