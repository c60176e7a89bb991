-- How much was watched on each day.
SELECT day, COUNT(*) AS plays, COUNT(DISTINCT profile_id) AS profiles, ROUND(SUM(watched_media) / 60, 1) AS minutes
FROM lake.views WHERE NOT trailer
GROUP BY day ORDER BY day
