// The service worker: the app's own files by their hashes, and pictures that were seen, for when there is no network. The API, media
// and whatever else is asked for pass by it untouched.
import { CacheableResponsePlugin } from "workbox-cacheable-response";
import { clientsClaim } from "workbox-core";
import { CacheExpiration, ExpirationPlugin } from "workbox-expiration";
import { enable as preloadNavigations } from "workbox-navigation-preload";
import { cleanupOutdatedCaches, PrecacheFallbackPlugin, precacheAndRoute } from "workbox-precaching";
import { NavigationRoute, registerRoute } from "workbox-routing";
import { NetworkFirst, NetworkOnly } from "workbox-strategies";
import type { Told } from "../src/shared/lib/worker";

declare const self: ServiceWorkerGlobalScope & { __WB_MANIFEST: (string | { url: string })[] };

/** A page that has not come by then is drawn from what is here. Seconds. */
const PATIENCE = 4;
const PICTURES = "bijou.pictures";
const MOST_PICTURES = 400;
/** Seconds. */
const LIFETIME = 7 * 24 * 3600;

const files = self.__WB_MANIFEST;
// Files alone: pages come from the edge (below), or their release would be the one that is here.
precacheAndRoute(files, { directoryIndex: "", cleanURLs: false });
cleanupOutdatedCaches();
preloadNavigations();
clientsClaim();

// Pages come from the edge, always: nobody is stuck with an old release. Only without it the shell of this one stands in.
registerRoute(
  new NavigationRoute(
    new NetworkOnly({
      networkTimeoutSeconds: PATIENCE,
      plugins: [
        {
          fetchDidSucceed: async ({ response }) => {
            if (response.status >= 500) throw new Error(`the edge is in trouble: ${response.status}`);
            return response;
          },
        },
        new PrecacheFallbackPlugin({ fallbackURL: "/index.html" }),
      ],
    }),
    { denylist: [/^\/(api|media|masters|images|docs|\.well-known)(\/|$|\?)/, /^[^?]*\.[a-z0-9]+(\?|$)/i] },
  ),
);

// From the network first, which for an hour is the browser's own cache: a picture that was withdrawn goes when it would without us.
registerRoute(
  ({ request, sameOrigin, url }) =>
    sameOrigin && request.destination === "image" && url.pathname.startsWith("/images/"),
  new NetworkFirst({
    cacheName: PICTURES,
    plugins: [
      new CacheableResponsePlugin({ statuses: [200] }),
      new ExpirationPlugin({ maxEntries: MOST_PICTURES, maxAgeSeconds: LIFETIME, purgeOnQuotaError: true }),
      {
        fetchDidSucceed: async ({ request, response }) => {
          if (response.status === 404 || response.status === 410)
            await (await caches.open(PICTURES)).delete(request);
          return response;
        },
      },
    ],
  }),
);

/** The names of what was seen go with it: the plugin itself knows only what it has met since this worker was started. */
async function forgetPictures(): Promise<void> {
  await caches.delete(PICTURES);
  await new CacheExpiration(PICTURES, { maxEntries: MOST_PICTURES }).delete();
}

self.addEventListener("message", (event) => {
  const told = event.data as Told | { type: "SKIP_WAITING" };
  // workbox-window's own word.
  if ("type" in told && told.type === "SKIP_WAITING") void self.skipWaiting();
  if (!("kind" in told)) return;
  if (told.kind === "forget") event.waitUntil(forgetPictures());
  if (told.kind === "carries")
    event.ports[0]?.postMessage(
      files.some((file) => `/${typeof file === "string" ? file : file.url}` === told.file),
    );
});
