// Calls to the lake, for staff.
import { body, GET } from "./client";

/** How good what it holds is. */
export const dataQuality = (hours: number) =>
  body(GET("/api/v1/admin/analytics/data-quality", { params: { query: { hours } } }));
