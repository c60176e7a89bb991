-- Which devices and versions of the app are watched on.
SELECT COALESCE(device_class, 'unknown') AS device, COALESCE(app_version, 'unknown') AS app_version, COUNT(*) AS views,
  ROUND(SUM(watched_media) / 60, 1) AS minutes
FROM lake.views WHERE NOT trailer
GROUP BY 1, 2 ORDER BY 1, 2
