// The API reference: draws the platform's own OpenAPI document and lets its operations be tried.
import "@fontsource-variable/figtree";
import "@fontsource/limelight";
import "openapi-explorer";
import "./reference.css";
import { type Explorer, element } from "./explorer";
import { finding } from "./finding";
import { holding } from "./token";

const explorer = element<Explorer>("openapi-explorer");
finding(explorer, element("#find"), element("#word"), element("#found"));
holding(explorer, element("#signed-in"));
