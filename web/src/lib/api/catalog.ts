// Calls to the catalogue and to the pages the gateway composes from it.
import type { Card, Episode, Home, Page, Season, Title } from "@/lib/api-shapes";
import { call } from "./transport";

export const home = () => call<Home>("GET", "/home");

export const title = (id: string) => call<Title>("GET", `/titles/${id}`);

export const seasons = (id: string) =>
  call<Page<Season>>("GET", `/titles/${id}/seasons`).then((page) => page.items);

export const episodes = (id: string, season: number) =>
  call<Page<Episode>>("GET", `/titles/${id}/seasons/${season}/episodes`).then((page) => page.items);

export const similar = (id: string) =>
  call<Page<Card>>("GET", `/titles/${id}/similar`).then((page) => page.items);
