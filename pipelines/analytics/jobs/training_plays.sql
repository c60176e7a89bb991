-- What a recommender is trained on: who watched what, in which order, for how long, and what had been shown.
SELECT
  {day} AS day, profile_id, title_id, session_id, started_at, watched_media,
  ROW_NUMBER() OVER (PARTITION BY profile_id ORDER BY started_at, session_id) AS place,
  recommendation_id, impression_id
FROM lake.views
WHERE day = {day} AND NOT trailer AND watched_media >= 60
