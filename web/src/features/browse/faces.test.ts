import { expect, it } from "vitest";
import { facesOf } from "./faces";

const card = (title_id: string, genres: string[], backdrop_url: string | null = `/${title_id}`) => ({
  title_id,
  genres,
  backdrop_url,
});
const faces = (cards: ReturnType<typeof card>[], ...genres: [string, number][]) =>
  Object.fromEntries(
    [
      ...facesOf(
        genres.map(([id, titles]) => ({ id, titles })),
        cards,
      ),
    ].map(([id, { title_id }]) => [id, title_id]),
  );

it("gives each genre a title of its own while there are enough", () => {
  const cards = [card("a", ["Drama", "Science Fiction"]), card("b", ["Drama"])];
  expect(faces(cards, ["drama", 2], ["science-fiction", 1])).toEqual({ drama: "b", "science-fiction": "a" });
});

it("shows one twice rather than none", () => {
  expect(faces([card("a", ["Drama", "War"])], ["drama", 1], ["war", 1])).toEqual({ drama: "a", war: "a" });
});

it("takes none without a picture", () => {
  expect(faces([card("a", ["Drama"], null)], ["drama", 1], ["war", 0])).toEqual({});
});
