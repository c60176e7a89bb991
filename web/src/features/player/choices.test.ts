import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { TrackChoice } from "@/shared/api/shapes";

const server = vi.hoisted(() => ({ tracks: vi.fn(), chooseTracks: vi.fn() }));
const who = vi.hoisted(() => ({ profileId: "ada" }));
vi.mock("@/shared/api/watch", () => server);
vi.mock("@/shared/session/auth", () => ({ session: { view: () => who } }));

import { Choices, forcedFor, meant, nearestQuality, qualityLabel } from "./choices";

const german = { language: "de", label: "Deutsch" };
const english = { language: "en", label: "English" };
const nothing: TrackChoice = { audio: null, captions: null };
let storage: Map<string, string>;

beforeEach(() => {
  storage = new Map();
  who.profileId = "ada";
  vi.stubGlobal("localStorage", {
    getItem: (key: string) => storage.get(key) ?? null,
    setItem: (key: string, value: string) => void storage.set(key, value),
  });
  server.tracks.mockReset().mockResolvedValue(nothing);
  server.chooseTracks.mockReset().mockImplementation((_, choice) => Promise.resolve(choice));
});
afterEach(() => vi.unstubAllGlobals());

describe("what was chosen", () => {
  it("holds for the title and the profile, and no other", () => {
    new Choices("evenings").choose({ rate: 1.5, quality: "480" });
    expect(new Choices("evenings").now()).toMatchObject({ rate: 1.5, quality: "480" });
    expect(new Choices("salt").now().rate).toBeUndefined();
    who.profileId = "bob";
    expect(new Choices("evenings").now().rate).toBeUndefined();
    expect(server.chooseTracks).not.toHaveBeenCalled();
  });

  it("is forgotten for the title chosen for longest ago, and survives a storage that cannot be read", () => {
    storage.set("bijou.chosen", "{nonsense");
    for (let n = 0; n < 101; n++) new Choices(`title ${n}`).choose({ rate: 2 });
    expect(new Choices("title 0").now().rate).toBeUndefined();
    expect(new Choices("title 1").now().rate).toBe(2);
    expect(new Choices("title 100").now().rate).toBe(2);
  });

  it("tells the server the tracks, the last of several choices last", async () => {
    const choices = new Choices("evenings");
    choices.choose({ audio: german });
    choices.choose({ captions: english });
    choices.choose({ captions: "off" });
    await vi.waitFor(() => expect(server.chooseTracks).toHaveBeenCalledTimes(2));
    expect(server.chooseTracks).toHaveBeenLastCalledWith("evenings", { audio: german, captions: "off" });
  });

  it("takes from other devices what is new, and keeps speed and quality its own", async () => {
    const choices = new Choices("evenings");
    choices.choose({ rate: 1.25 });
    server.tracks.mockResolvedValue({ audio: german, captions: "off" });
    expect(await choices.meet()).toMatchObject({ rate: 1.25, audio: german, captions: "off" });
    expect(await choices.meet()).toBeNull();
    server.tracks.mockResolvedValue(nothing);
    expect(await choices.meet()).toMatchObject({ rate: 1.25, audio: null, captions: null });
  });

  it("made while the server was asked is not undone by its answer", async () => {
    let answer: (choice: TrackChoice) => void = () => {};
    server.tracks.mockReturnValue(new Promise((resolve) => (answer = resolve)));
    const choices = new Choices("evenings");
    const met = choices.meet();
    choices.choose({ captions: english });
    await vi.waitFor(() => expect(server.chooseTracks).toHaveBeenCalledTimes(1));
    await new Promise(setImmediate);
    answer(nothing);
    expect(await met).toBeNull();
    expect(choices.now().captions).toEqual(english);
  });

  it("that could not be told wins over what the server knows, and is told with the next viewing", async () => {
    server.chooseTracks.mockRejectedValueOnce(new Error("offline"));
    const choices = new Choices("evenings");
    choices.choose({ audio: german });
    await vi.waitFor(() => expect(server.chooseTracks).toHaveBeenCalledTimes(1));
    await new Promise(setImmediate);
    server.tracks.mockResolvedValue({ audio: english, captions: null });
    expect(await new Choices("evenings").meet()).toBeNull();
    expect(server.chooseTracks).toHaveBeenCalledTimes(2);
    expect(new Choices("evenings").now().audio).toEqual(german);
    expect(await new Choices("evenings").meet()).toMatchObject({ audio: english });
  });

  it("does what it can where the server does not answer", async () => {
    server.tracks.mockRejectedValue(new Error("offline"));
    expect(await new Choices("evenings").meet()).toBeNull();
  });
});

describe("in another film", () => {
  it("a track is meant by its language, and by its name where several speak it", () => {
    const tracks = [english, { language: "en", label: "Commentary" }, german];
    expect(meant(tracks, { language: "en", label: "Commentary" })?.label).toBe("Commentary");
    expect(meant(tracks, { language: "de" })).toBe(german);
    expect(meant(tracks, { language: "fr" })).toBeUndefined();
    expect(meant(tracks, null)).toBeUndefined();
  });

  it("a quality is the nearest there is", () => {
    expect(nearestQuality("720", [240, 480, 720])).toBe("720");
    expect(nearestQuality("1080", [240, 480, 720])).toBe("720");
    expect(nearestQuality("240", [480, 720])).toBe("480");
    expect(nearestQuality("auto", [480])).toBeUndefined();
    expect(nearestQuality("720", [])).toBeUndefined();
  });
});

describe("a quality's name", () => {
  it.each([
    [1280, 720, "720p"],
    [1280, 544, "720p"],
    [1152, 480, "720p"],
    [854, 363, "480p"],
    [428, 182, "240p"],
    [480, 360, "360p"],
    [1080, 1920, "1080p"],
    [1920, 804, "1080p"],
    [3840, 1600, "4K"],
  ])("of %i by %i is %s", (width, height, name) => expect(qualityLabel(width, height)).toBe(name));
});

describe("captions nobody chooses", () => {
  const texts = [
    { language: "en", forced: false },
    { language: "en", forced: true },
    { language: "de", forced: true },
  ];
  it("are those of the language that is spoken", () => {
    expect(forcedFor(texts, "en")).toBe(texts[1]);
    expect(forcedFor(texts, "de")).toBe(texts[2]);
    expect(forcedFor(texts, "fr")).toBeUndefined();
    expect(forcedFor(texts.slice(0, 1), "en")).toBeUndefined();
    expect(forcedFor(texts, undefined)).toBeUndefined();
  });
});
