// English, complete: what the other languages and the types of the keys are measured by.
import { app } from "./app";
import { auth } from "./auth";
import { browse } from "./browse";
import { collection } from "./collection";
import { common } from "./common";
import { ending } from "./ending";
import { genres } from "./genres";
import { gone } from "./gone";
import { home } from "./home";
import { moods } from "./moods";
import { mylist } from "./mylist";
import { person } from "./person";
import { plans } from "./plans";
import { player } from "./player";
import { failures, problems } from "./problems";
import { profiles } from "./profiles";
import { reviews } from "./reviews";
import { search } from "./search";
import { security } from "./security";
import { staff } from "./staff";
import { title } from "./title";
import { welcome } from "./welcome";

export const en = {
  app,
  auth,
  collection,
  browse,
  common,
  ending,
  failures,
  genres,
  gone,
  home,
  moods,
  mylist,
  person,
  plans,
  player,
  problems,
  profiles,
  reviews,
  search,
  security,
  staff,
  title,
  welcome,
};
