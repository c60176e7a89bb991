// The bodies of the public API that this app reads and writes.

export interface Signed {
  account: { id: string; email: string; name: string };
  access_token: string;
  refresh_token: string;
  expires_in: number;
}

export interface Me {
  id: string;
  email: string;
  name: string;
  country: string | null;
  email_verified: boolean;
  roles: string[];
  subscription_status: string | null;
}

export interface Profile {
  id: string;
  name: string;
  maturity: number;
  language: string | null;
  kids: boolean;
  has_pin: boolean;
  avatar_url: string | null;
}

export interface Plan {
  id: string;
  name: string;
  interval: "month" | "year";
  price: { amount: number; currency: string };
  max_streams: number;
  max_height: number;
  downloads: number;
  ads: boolean;
  trial_days: number;
}

export interface PaymentMethod {
  id: string;
  brand: string;
  last4: string;
  is_default: boolean;
}

export interface Subscription {
  id: string;
  plan_id: string;
  status: "trialing" | "active" | "past_due" | "canceled" | string;
  current_period_end: string;
  cancel_at_period_end: boolean;
}

export interface Resume {
  playable_id: string;
  position: number;
  duration: number;
  season_number?: number | null;
  episode_number?: number | null;
}

/** A title as a card in a row. `progress` is a share from 0 to 1. */
export interface Card {
  title_id: string;
  name: string;
  type?: "movie" | "series";
  year?: number | null;
  maturity?: number | null;
  poster_url: string | null;
  poster_srcset?: string | null;
  backdrop_url?: string | null;
  backdrop_srcset?: string | null;
  logo_url?: string | null;
  color?: string | null;
  genres?: string[];
  runtime?: number | null;
  playable_id?: string | null;
  season_number?: number | null;
  episode_number?: number | null;
  episode_name?: string | null;
  position?: number | null;
  duration?: number | null;
  progress?: number | { position: number; duration: number } | null;
  subtitle?: string | null;
}

export interface Row {
  id: string;
  kind: string;
  name: string;
  impression_id: string;
  degraded: boolean;
  items: Card[];
}

/** The title of the hero: a card, or the whole title. */
export type HeroTitle = Partial<Card> & Partial<Title> & { name: string };

export interface Home {
  hero: { title: HeroTitle } | null;
  rows: Row[];
}

export interface Season {
  id: string;
  number: number;
  name: string;
  episodes: number;
}

export interface Artwork {
  poster: string | null;
  backdrop: string | null;
  logo?: string | null;
  poster_srcset?: string | null;
  backdrop_srcset?: string | null;
  color?: string | null;
}

export interface Title {
  id: string;
  type: "movie" | "series";
  name: string;
  description: string;
  year: number | null;
  genres: string[];
  cast: string[];
  directors?: string[];
  maturity: number;
  /** Seconds. */
  runtime: number | null;
  rating: { average: number | null; count: number } | null;
  in_my_list: boolean | null;
  playable_id: string | null;
  resume?: Resume | null;
  /** How many seasons can be watched; null for films. */
  seasons?: number | null;
  artwork: Artwork;
}

export interface Episode {
  id: string;
  number: number;
  name: string;
  description?: string;
  playable_id: string | null;
  runtime: number | null;
  still_url: string | null;
  still_srcset?: string | null;
  resume?: Resume | null;
}

export interface NextEpisode {
  playable_id: string;
  name: string;
  season_number?: number | null;
  episode_number?: number | null;
  still_url?: string | null;
}

/** Seconds from the start. */
export interface Markers {
  intro_start?: number | null;
  intro_end?: number | null;
  credits_start?: number | null;
}

export interface PlaySession {
  session_id: string;
  fencing: number;
  decision: { allowed: boolean; gates: { gate: string; ok: boolean; code?: string | null }[] };
  manifests: { hls: string; dash: string };
  trickplay?: { vtt: string } | null;
  title?: {
    id: string;
    name: string;
    episode_name?: string | null;
    season_number?: number | null;
    episode_number?: number | null;
    backdrop_url?: string | null;
  } | null;
  resume_at: number;
  duration?: number | null;
  max_height?: number | null;
  next_episode?: NextEpisode | null;
  markers?: Markers | null;
  heartbeat_interval: number;
  expires_at: string;
}

export interface ActiveStream {
  session_id: string;
  title: string;
  device: string;
  profile: string;
  started_at: string;
  position: number;
}

export type PlayState = "playing" | "paused" | "buffering" | "ended";

/** Quality of experience since the last heartbeat that was accepted. Times in milliseconds, bitrate in bit/s. */
export interface Qoe {
  startup_ms?: number;
  rebuffer_count: number;
  rebuffer_ms: number;
  bitrate?: number;
  height?: number;
  dropped_frames?: number;
}

export interface Heartbeat {
  seq: number;
  fencing: number;
  position: number;
  state: PlayState;
  qoe?: Qoe;
}

export interface Page<T> {
  items: T[];
  next_cursor?: string | null;
}
