-- What was watched most, by name.
WITH names AS (
  SELECT GET_JSON_OBJECT(data, '$.title_id') AS title_id, GET_JSON_OBJECT(data, '$.name') AS name,
    ROW_NUMBER() OVER (
      PARTITION BY GET_JSON_OBJECT(data, '$.title_id') ORDER BY CAST(GET_JSON_OBJECT(data, '$.version') AS BIGINT) DESC
    ) AS place
  FROM raw.catalog_titles
)
SELECT COALESCE(names.name, daily_titles.title_id) AS title, CAST(SUM(plays) AS BIGINT) AS plays,
  ROUND(CAST(SUM(watched_seconds) AS DOUBLE) / 60, 1) AS minutes
FROM lake.daily_titles LEFT JOIN names ON names.title_id = daily_titles.title_id AND names.place = 1
GROUP BY 1 ORDER BY minutes DESC, title LIMIT 20
