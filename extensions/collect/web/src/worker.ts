// The service worker: the page and its files come from the phone, so it opens without a signal.
// Requests to the hub's API are never answered from here.

import { cleanupOutdatedCaches, createHandlerBoundToURL, precacheAndRoute } from "workbox-precaching";
import { NavigationRoute, registerRoute } from "workbox-routing";

declare const PRECACHED: { url: string; revision: string | null }[];
declare const self: ServiceWorkerGlobalScope;

interface Syncing extends ExtendableEvent {
  tag: string;
}

precacheAndRoute(PRECACHED, { cleanURLs: false, directoryIndex: "" });
cleanupOutdatedCaches();
registerRoute(
  new NavigationRoute(createHandlerBoundToURL("shell"), { allowlist: [/\/collect\/?(\?.*)?$/] }),
);

// A new version waits until the person says so: forms that are open are never lost.
self.addEventListener("message", (event) => {
  if (event.data === "activate") void self.skipWaiting();
});
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

// Background Sync: the browser says that there is a signal; the page, if open, does the work.
self.addEventListener("sync" as "message", (event) => {
  const wake = async (): Promise<void> => {
    for (const client of await self.clients.matchAll()) client.postMessage("sync");
  };
  if ((event as unknown as Syncing).tag === "outbox") (event as unknown as Syncing).waitUntil(wake());
});
