-- What was paid each month, by plan; in the currency's minor units.
SELECT CAST(DATE_TRUNC('month', day) AS DATE) AS month, plan_id, currency, COUNT(*) AS charges, CAST(SUM(amount) AS BIGINT) AS amount
FROM lake.charges WHERE amount > 0
GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
