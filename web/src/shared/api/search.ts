// Calls to the search. Those made at a keystroke or by a page take the signal that gives them up.
import { body, DELETE, GET, POST } from "./client";
import type { Chip, SearchFilters } from "./shapes";

export const PAGE_SIZE = 30;
/** The search answers no farther than this many titles. */
const FARTHEST = 10_000;
export const LAST_PAGE = Math.floor(FARTHEST / PAGE_SIZE);

/** A page of an answer; a further one names the search that it goes on with, by which what is opened there is told. */
export const search = (filters: SearchFilters, page: Page, signal?: AbortSignal) =>
  body(GET("/api/v1/search", { params: { query: { ...filters, ...page, limit: PAGE_SIZE } }, signal }));

export interface Page {
  page: number;
  query_id?: string;
}

export const suggest = (q: string, signal?: AbortSignal) =>
  body(GET("/api/v1/search/suggest", { params: { query: { q } }, signal }));

export const trending = async () => (await body(GET("/api/v1/search/trending"))).items;

export const recent = async () => (await body(GET("/api/v1/search/recent"))).items;

export async function forgetRecent(id: string): Promise<void> {
  await DELETE("/api/v1/search/recent/{recent_id}", { params: { path: { recent_id: id } } });
}

export async function forgetAllRecent(): Promise<void> {
  await DELETE("/api/v1/search/recent");
}

/** What people search for and do not find, for staff. */
export const searchGaps = (days: number) =>
  body(GET("/api/v1/admin/analytics/search-gaps", { params: { query: { days, limit: 100 } } }));

/** A sentence as the search reads it, and what it finds by it. */
export const discover = (text: string, signal?: AbortSignal) =>
  body(POST("/api/v1/search/discover", { body: { text, limit: PAGE_SIZE }, signal }));

/** The same, asked with what was left of a reading. */
export const discoverBy = (chips: Chip[], signal?: AbortSignal) =>
  body(POST("/api/v1/search/discover", { body: { text: "", chips, limit: PAGE_SIZE }, signal }));

/**
 * Say which title of an answer was opened, or of suggestions for what was `typed`. It makes later answers better; losing it
 * spoils nothing.
 */
export function tellOpened(queryId: string, titleId: string, position: number, typed?: string): void {
  const opened = { query_id: queryId, title_id: titleId, position, text: typed };
  POST("/api/v1/search/clicks", { body: opened }).catch(() => undefined);
}
