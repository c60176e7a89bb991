import { describe, expect, it } from "vitest";
import { grantOf, ungranted, withGrant } from "./grant";

const OLD = "1763670000~0198a~0198b~deadbeef";
const NEW = "1763670120~0198a~0198b~cafef00d";

describe("withGrant", () => {
  it("swaps the grant in paths and in absolute addresses", () => {
    expect(withGrant(`/media/${OLD}/0198a/run1/v720/00001.m4s`, NEW)).toBe(
      `/media/${NEW}/0198a/run1/v720/00001.m4s`,
    );
    expect(withGrant(`http://127.0.0.1:8080/media/${OLD}/0198a/run1/x.vtt?a=1`, NEW)).toBe(
      `http://127.0.0.1:8080/media/${NEW}/0198a/run1/x.vtt?a=1`,
    );
  });

  it("leaves everything else alone", () => {
    for (const uri of [
      "/images/media/a/b.jpg",
      "https://cdn.example/other/media/a/b",
      "/media/only",
      "data:text/plain,/media/a/b",
    ]) {
      expect(withGrant(uri, NEW)).toBe(uri);
    }
  });

  it("does not read dollar signs in a grant as patterns", () => {
    expect(withGrant(`/media/${OLD}/a/b`, "$1$&")).toBe("/media/$1$&/a/b");
  });
});

describe("grantOf", () => {
  it("takes a bare grant, a prefix and a whole address", () => {
    expect(grantOf(NEW)).toBe(NEW);
    expect(grantOf(`/media/${NEW}`)).toBe(NEW);
    expect(grantOf(`/media/${NEW}/`)).toBe(NEW);
    expect(grantOf(`http://h:1/media/${NEW}/0198a/run1/master.m3u8`)).toBe(NEW);
  });

  it("compares addresses of one encoding whatever their grant", () => {
    expect(ungranted(`/media/${OLD}/0198a/r1/manifest.mpd`)).toBe(
      ungranted("/media/other/0198a/r1/manifest.mpd"),
    );
    expect(ungranted("/media/g/0198a/r1/manifest.mpd")).not.toBe(ungranted("/media/g/0198a/r2/manifest.mpd"));
  });
});
