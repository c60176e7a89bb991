// The map of screens. Each comes with its own chunk, fetched when a link to it is pointed at, or when nothing else is to do.
import { createRootRoute, createRoute, createRouter } from "@tanstack/react-router";
import { genreAddress } from "@/features/browse/address";
import { questionOf } from "@/features/search/question";
import { windowOf } from "@/features/staff/live-window";
import { hoursOf, periodOf } from "@/features/staff/period";
import { queueOf } from "@/features/staff/queue";
import { Welcome } from "@/features/welcome/welcome";
import { tell } from "@/shared/events/tell";
import { parseSearch, stringifySearch } from "@/shared/lib/search-params";
import * as trail from "@/shared/lib/trail";
import { session } from "@/shared/session/auth";
import { screen } from "./chunk";
import { NotFoundPage, NotFoundScreen, ScreenFailed, Waiting } from "./fallbacks";
import {
  editorsOnly,
  guestsOnly,
  membersOnly,
  moderatorsOnly,
  readersOnly,
  safeNext,
  viewersOnly,
} from "./guards";
import { Root } from "./root";
import { Shell } from "./shell";

const nextSearch = (search: Record<string, unknown>): { next?: string } => {
  const next = safeNext(search.next);
  return next ? { next } : {};
};

const root = createRootRoute({ component: Root, notFoundComponent: NotFoundPage });

const guests = createRoute({ getParentRoute: () => root, id: "guests", beforeLoad: guestsOnly });
const welcome = createRoute({ getParentRoute: () => guests, path: "/", component: Welcome });
const register = createRoute({
  getParentRoute: () => guests,
  path: "/register",
  component: screen(() => import("@/features/auth/register"), "Register"),
});
const signIn = createRoute({
  getParentRoute: () => guests,
  path: "/sign-in",
  validateSearch: nextSearch,
  component: screen(() => import("@/features/auth/sign-in"), "SignIn"),
});

// For everybody, signed in or not: whoever opens a link of a mail may be either.
const forgot = createRoute({
  getParentRoute: () => root,
  path: "/forgot",
  component: screen(() => import("@/features/auth/forgot"), "Forgot"),
});
const reset = createRoute({
  getParentRoute: () => root,
  path: "/reset",
  component: screen(() => import("@/features/auth/reset"), "Reset"),
});
const verify = createRoute({
  getParentRoute: () => root,
  path: "/verify",
  component: screen(() => import("@/features/auth/verify"), "Verify"),
});

const members = createRoute({ getParentRoute: () => root, id: "members", beforeLoad: membersOnly });
const plans = createRoute({
  getParentRoute: () => members,
  path: "/plans",
  component: screen(() => import("@/features/plans/plans"), "PlansScreen"),
});
const checkout = createRoute({
  getParentRoute: () => members,
  path: "/plans/$planId",
  component: screen(() => import("@/features/plans/checkout"), "CheckoutScreen"),
});
const profiles = createRoute({
  getParentRoute: () => members,
  path: "/profiles",
  validateSearch: nextSearch,
  component: screen(() => import("@/features/profiles/profiles"), "ProfilesScreen"),
});

const viewers = createRoute({ getParentRoute: () => root, id: "viewers", beforeLoad: viewersOnly });
const shell = createRoute({ getParentRoute: () => viewers, id: "shell", component: Shell });
const home = createRoute({
  getParentRoute: () => shell,
  path: "/home",
  staticData: { browsing: true },
  component: screen(() => import("@/features/home/home"), "HomeScreen"),
});
const myList = createRoute({
  getParentRoute: () => shell,
  path: "/my-list",
  staticData: { browsing: true },
  component: screen(() => import("@/features/mylist/my-list"), "MyListScreen"),
});
const search = createRoute({
  getParentRoute: () => shell,
  path: "/search",
  staticData: { browsing: true },
  validateSearch: questionOf,
  component: screen(() => import("@/features/search/search"), "SearchScreen"),
});
const browse = createRoute({
  getParentRoute: () => shell,
  path: "/browse",
  staticData: { browsing: true },
  component: screen(() => import("@/features/browse/browse"), "BrowseScreen"),
});
const genre = createRoute({
  getParentRoute: () => shell,
  path: "/genre/$slug",
  staticData: { browsing: true },
  validateSearch: genreAddress,
  component: screen(() => import("@/features/browse/genre"), "GenreScreen"),
});
const person = createRoute({
  getParentRoute: () => shell,
  path: "/person/$personId",
  staticData: { browsing: true },
  component: screen(() => import("@/features/person/person"), "PersonScreen"),
});
const title = createRoute({
  getParentRoute: () => shell,
  path: "/title/$titleId",
  component: screen(() => import("@/features/title/title"), "TitleScreen"),
});
const collection = createRoute({
  getParentRoute: () => shell,
  path: "/collection/$collectionId",
  staticData: { browsing: true },
  component: screen(() => import("@/features/collection/collection"), "CollectionScreen"),
});
const account = createRoute({
  getParentRoute: () => shell,
  path: "/account",
  component: screen(() => import("@/features/plans/account"), "AccountScreen"),
});

const security = createRoute({
  getParentRoute: () => shell,
  path: "/account/security",
  component: screen(() => import("@/features/security/security"), "SecurityScreen"),
});

const moderation = createRoute({
  getParentRoute: () => shell,
  path: "/staff/moderation",
  beforeLoad: moderatorsOnly,
  validateSearch: queueOf,
  notFoundComponent: NotFoundScreen,
  component: screen(() => import("@/features/staff/moderation"), "ModerationScreen"),
});

const searchGaps = createRoute({
  getParentRoute: () => shell,
  path: "/staff/search-gaps",
  beforeLoad: editorsOnly,
  validateSearch: periodOf,
  notFoundComponent: NotFoundScreen,
  component: screen(() => import("@/features/staff/search-gaps"), "SearchGapsScreen"),
});

const live = createRoute({
  getParentRoute: () => shell,
  path: "/staff/live",
  beforeLoad: readersOnly,
  validateSearch: windowOf,
  notFoundComponent: NotFoundScreen,
  component: screen(() => import("@/features/staff/live"), "LiveScreen"),
});

const flags = createRoute({
  getParentRoute: () => shell,
  path: "/staff/flags",
  beforeLoad: readersOnly,
  notFoundComponent: NotFoundScreen,
  component: screen(() => import("@/features/staff/flags"), "FlagsScreen"),
});

const experiments = createRoute({
  getParentRoute: () => shell,
  path: "/staff/experiments",
  beforeLoad: readersOnly,
  notFoundComponent: NotFoundScreen,
  component: screen(() => import("@/features/staff/experiments"), "ExperimentsScreen"),
});

const experiment = createRoute({
  getParentRoute: () => shell,
  path: "/staff/experiments/$name",
  beforeLoad: readersOnly,
  notFoundComponent: NotFoundScreen,
  component: screen(() => import("@/features/staff/experiment"), "ExperimentScreen"),
});

const dataQuality = createRoute({
  getParentRoute: () => shell,
  path: "/staff/data-quality",
  beforeLoad: readersOnly,
  validateSearch: hoursOf,
  notFoundComponent: NotFoundScreen,
  component: screen(() => import("@/features/staff/data-quality"), "DataQualityScreen"),
});

const pick = createRoute({
  getParentRoute: () => viewers,
  path: "/pick",
  component: screen(() => import("@/features/profiles/pick"), "PickScreen"),
});

export interface WatchSearch {
  /** Where to begin: at the last position, at the start, or as the viewer says. */
  from?: "resume" | "start";
  /** `hls` plays the HLS manifest first instead of the DASH one. */
  format?: "hls";
}

const watch = createRoute({
  getParentRoute: () => viewers,
  path: "/watch/$playableId",
  validateSearch: (search: Record<string, unknown>): WatchSearch => ({
    ...(search.from === "resume" || search.from === "start" ? { from: search.from } : {}),
    ...(search.format === "hls" ? { format: "hls" } : {}),
  }),
  component: screen(() => import("@/features/player/screen"), "PlayerScreen"),
});

const tree = root.addChildren([
  guests.addChildren([welcome, register, signIn]),
  forgot,
  reset,
  verify,
  members.addChildren([plans, checkout, profiles]),
  viewers.addChildren([
    shell.addChildren([
      home,
      search,
      browse,
      genre,
      person,
      myList,
      title,
      collection,
      account,
      security,
      moderation,
      searchGaps,
      live,
      flags,
      experiments,
      experiment,
      dataQuality,
    ]),
    pick,
    watch,
  ]),
]);

export const router = createRouter({
  routeTree: tree,
  parseSearch,
  stringifySearch,
  // What a page does not know of its address, as links from mails have it, is nothing to it.
  search: { strict: true },
  defaultErrorComponent: ScreenFailed,
  defaultPendingComponent: Waiting,
  defaultPendingMs: 300,
  defaultPreload: "intent",
  scrollRestoration: true,
});

router.subscribe("onResolved", ({ toLocation }) =>
  trail.note(
    toLocation.state.__TSR_index,
    router.state.matches.some(({ staticData }) => staticData.browsing),
  ),
);

/** Pages by the pattern of their address, which names nobody and no title. */
router.subscribe("onResolved", ({ fromLocation, toLocation, pathChanged }) => {
  const name = router.state.matches.at(-1)?.routeId;
  if (!name || (fromLocation && !pathChanged)) return;
  const { titleId } = (router.state.matches.at(-1)?.params ?? {}) as { titleId?: string };
  tell({
    type: "page",
    name: name.slice(0, 100),
    ...(titleId ? { title_id: titleId } : {}),
    ...(shown ? { previous: shown.name, seconds: Math.round((Date.now() - shown.at) / 100) / 10 } : {}),
  });
  shown = { name: name.slice(0, 100), at: Date.now() };
  void toLocation;
});
let shown: { name: string; at: number } | undefined;

// Signing in, out, or switching profile anywhere decides anew what may be shown here.
session.subscribe(() => void router.invalidate());

declare module "@tanstack/react-router" {
  interface Register {
    router: typeof router;
  }
  interface StaticDataRouteOption {
    /** A page of many films, to come back to after one. */
    browsing?: boolean;
  }
}
