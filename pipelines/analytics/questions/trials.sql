-- Of the accounts that tried a plan, how many pay for one.
WITH known AS (
  SELECT GET_JSON_OBJECT(data, '$.account_id') AS account_id,
    MIN(CASE WHEN GET_JSON_OBJECT(data, '$.status') = 'trialing' THEN GET_JSON_OBJECT(data, '$.plan_id') END) AS tried
  FROM raw.billing_entitlements WHERE data IS NOT NULL
  GROUP BY GET_JSON_OBJECT(data, '$.account_id')
),
paying AS (SELECT DISTINCT account_id FROM lake.charges WHERE amount > 0)
SELECT tried AS plan_id, COUNT(*) AS trials, COUNT(paying.account_id) AS paying
FROM known LEFT JOIN paying ON paying.account_id = known.account_id
WHERE tried IS NOT NULL GROUP BY tried ORDER BY tried
