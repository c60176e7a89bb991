-- One row for each invoice that was paid, by the day it was paid on (UTC); amounts in minor units.
SELECT
  {day} AS day,
  GET_JSON_OBJECT(data, '$.invoice_id') AS invoice_id,
  GET_JSON_OBJECT(data, '$.account_id') AS account_id,
  GET_JSON_OBJECT(data, '$.plan_id') AS plan_id,
  CAST(GET_JSON_OBJECT(data, '$.amount') AS BIGINT) AS amount,
  GET_JSON_OBJECT(data, '$.currency') AS currency,
  CAST(GET_JSON_OBJECT(data, '$.period_start') AS TIMESTAMP) AS period_start,
  CAST(GET_JSON_OBJECT(data, '$.period_end') AS TIMESTAMP) AS period_end,
  CAST(GET_JSON_OBJECT(data, '$.paid_at') AS TIMESTAMP) AS paid_at
FROM raw.billing_charges
WHERE time >= CAST({day} AS TIMESTAMP) AND time < CAST(DATE_ADD({day}, 2) AS TIMESTAMP)
  AND CAST(CAST(GET_JSON_OBJECT(data, '$.paid_at') AS TIMESTAMP) AS DATE) = {day}
