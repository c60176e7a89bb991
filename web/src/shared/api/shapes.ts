// Names for the bodies of the public API that this app reads and writes, out of the generated schema.
import type { components, paths } from "./schema";

type Schemas = components["schemas"];

export type Me = Schemas["Me"];
export type Profile = Schemas["ProfileBody"];

export type Plan = Schemas["PlanBody"];
export type PaymentMethod = Schemas["PaymentMethodBody"];
export type Subscription = Schemas["SubscriptionBody"];

export type Home = Schemas["Home"];
export type Row = Schemas["Row"];
export type KnownTaste = Schemas["KnownTaste"];
export type RowItem = Schemas["RowItem"];
export type HeroTitle = Schemas["HeroTitle"];
export type Card = Schemas["Card"];
export type Title = Schemas["Title"];
export type Season = Schemas["SeasonItem"];
export type Episode = Schemas["Episode"];
export type HistoryPage = Schemas["Page_HistoryItem_"];
export type ListItem = Schemas["ListItem"];
export type Reminder = Schemas["Reminder"];
export type Track = Schemas["ChosenTrack"];
export type TrackChoice = Schemas["TrackChoice"];

export type Reviews = Schemas["Reviews"];
export type Review = Schemas["ReviewItem"];
export type OwnReview = Schemas["OwnReview"];
export type ReviewBody = Schemas["ReviewBody"];
export type ReportReason = Schemas["ReportBody"]["reason"];
export type ReviewSort = "helpful" | "newest" | "highest" | "lowest";

export type ModeratedReview = Schemas["ModeratedReview"];
export type ReviewState = ModeratedReview["state"];
export type ReviewDecision = Schemas["DecisionBody"]["decision"];

export type Person = Schemas["PersonDetails"];
export type Credit = NonNullable<Title["credits"]>[number];
export type Genre = Schemas["CatalogGenreItem"];

export type SearchResults = Schemas["SearchResults"];
export type SearchItem = Schemas["SearchItem"];
export type Highlight = Schemas["Highlight"];
export type FacetValue = Schemas["FacetValue"];
export type Suggestion = Schemas["SuggestItem"];
export type RecentSearch = Schemas["RecentItem"];
export type SearchGap = Schemas["SearchGap"];
export type TrendingSearch = Schemas["TrendingItem"];
export type Discovered = Schemas["Discovered"];
export type Chip = Schemas["Chip"];
export type NearMiss = Schemas["NearMiss"];
export type TitleType = SearchItem["type"];
export type SearchFilters = Omit<
  NonNullable<paths["/api/v1/search"]["get"]["parameters"]["query"]>,
  "page" | "limit" | "query_id"
>;

export type PlaySession = Schemas["PlaySession"];
export type NextEpisode = Schemas["NextEpisode"];
export type ActiveStream = Schemas["ActiveSession"];
export type StreamsExceeded = Schemas["StreamsExceededProblem"];
export type Heartbeat = Schemas["HeartbeatBody"];
export type HeartbeatAnswer = Schemas["HeartbeatAnswer"];
export type PlayState = Heartbeat["state"];
export type Qoe = Schemas["Qoe"];

export type PlaybackReport = Schemas["PlaybackReport"];
export type PlaybackGroup = Schemas["PlaybackGroup"];
export type PlaysAMinute = Schemas["PlaysAMinute"];
export type ReportQuestion = Required<
  Pick<NonNullable<paths["/api/v1/admin/analytics/playback"]["get"]["parameters"]["query"]>, "by" | "minutes">
>;
export type Flag = Schemas["FlagOut"];
export type FlagBody = Schemas["FlagBody"];
export type Experiment = Schemas["ExperimentOut"];
export type ExperimentBody = Schemas["ExperimentBody"];
export type ExperimentReport = Schemas["ExperimentReport"];
export type Compared = Schemas["Compared"];
export type TopicQuality = Schemas["TopicQuality"];
export type NullShare = Schemas["NullShare"];
