-- Of the accounts that first watched in a week, which share watched again so many weeks later.
WITH first AS (SELECT account_id, MIN(day) AS began FROM lake.daily_accounts GROUP BY account_id),
weeks AS (
  SELECT DISTINCT first.account_id, CAST(DATE_TRUNC('week', first.began) AS DATE) AS cohort,
    CAST(FLOOR(DATEDIFF(seen.day, CAST(DATE_TRUNC('week', first.began) AS DATE)) / 7) AS INT) AS week
  FROM first JOIN lake.daily_accounts AS seen ON seen.account_id = first.account_id
),
sizes AS (SELECT cohort, COUNT(*) AS accounts FROM weeks WHERE week = 0 GROUP BY cohort)
SELECT weeks.cohort, sizes.accounts, weeks.week, ROUND(COUNT(*) / CAST(sizes.accounts AS DOUBLE), 3) AS share
FROM weeks JOIN sizes ON sizes.cohort = weeks.cohort
GROUP BY weeks.cohort, sizes.accounts, weeks.week ORDER BY weeks.cohort, weeks.week
