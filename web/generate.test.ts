import { describe, expect, it } from "vitest";
import { called, only } from "./generate";

const ref = (name: string) => ({ schema: { $ref: `#/components/schemas/${name}` } });
const DOCUMENT = {
  openapi: "3.1.0",
  paths: {
    "/api/v1/home": { get: ref("Home"), post: ref("Wish") },
    "/api/v1/admin/titles": { post: ref("Draft") },
  },
  components: {
    schemas: {
      Draft: {},
      Home: { properties: { rows: { $ref: "#/components/schemas/Row" } } },
      Row: { properties: { home: { $ref: "#/components/schemas/Home" } } },
      Wish: {},
    },
  },
};

describe("the types of the API", () => {
  it("are of what is called", () => {
    const operations = called([
      `GET("/api/v1/home"); fetch("/api/v1/auth/refresh")`,
      `GET(\n  "/api/v1/home", {})`,
    ]);
    expect([...operations]).toEqual([["/api/v1/home", new Set(["get"])]]);
  });

  it("hold what those operations reach and nothing else", () => {
    const kept = only(DOCUMENT, called([`GET("/api/v1/home")`]));
    expect(kept.paths).toEqual({ "/api/v1/home": { get: ref("Home") } });
    expect(kept.components).toEqual({
      schemas: { Home: DOCUMENT.components.schemas.Home, Row: DOCUMENT.components.schemas.Row },
    });
  });

  it("cannot be made of a call that the API does not have", () => {
    expect(() => only(DOCUMENT, called([`DELETE("/api/v1/home")`]))).toThrow("no DELETE /api/v1/home");
  });
});
