// The generated client, sent through our transport: failures arrive as Problems, so every call resolves with data.
import createClient from "openapi-fetch";
import type { paths } from "./schema";
import { transport } from "./transport";

const { GET, PATCH, POST, PUT, DELETE } = createClient<paths>({
  baseUrl: location.origin,
  fetch: (request) => transport(request),
});

/** The body of an answer; the transport has already turned failures into errors. */
async function body<T>(answer: Promise<{ data?: T }>): Promise<T> {
  return (await answer).data as T;
}

export { body, DELETE, GET, PATCH, POST, PUT };
