/** Every scenario, in the order in which a program goes through them. */
import type { Scenario } from "../scenario.ts";
import { CONNECT } from "./connect.ts";
import { CONTENT } from "./content.ts";
import { OTHERS } from "./others.ts";
import { RESULTS } from "./results.ts";
import { SESSION } from "./session.ts";
import { VALUES } from "./values.ts";

export const SCENARIOS: readonly Scenario[] = [...CONNECT, ...VALUES, ...RESULTS, ...SESSION, ...CONTENT, ...OTHERS];
