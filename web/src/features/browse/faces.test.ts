import { expect, it } from "vitest";
import { genreSlug } from "@/shared/titles/genre-slug";
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
        genres.map(([name, titles]) => ({ id: genreSlug(name), name, titles })),
        cards,
      ),
    ].map(([id, { title_id }]) => [id, title_id]),
  );

it("gives each genre a title of its own while there are enough", () => {
  const cards = [card("a", ["Drama", "Science Fiction"]), card("b", ["Drama"])];
  expect(faces(cards, ["Drama", 2], ["Science Fiction", 1])).toEqual({ drama: "b", "science-fiction": "a" });
});

it("shows one twice rather than none", () => {
  expect(faces([card("a", ["Drama", "War"])], ["Drama", 1], ["War", 1])).toEqual({ drama: "a", war: "a" });
});

it("takes none without a picture", () => {
  expect(faces([card("a", ["Drama"], null)], ["Drama", 1], ["War", 0])).toEqual({});
});
